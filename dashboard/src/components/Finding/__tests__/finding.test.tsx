import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { copied } from "../../../app/clipboard";
import { FindingHead } from "../FindingHead";
import { SourceLines } from "../SourceLines";

const EXCERPT = { start: 9, lines: ["def f():", "    return x.name + 1", ""] };

function lines(place: object, excerpt = EXCERPT) {
  render(<SourceLines excerpt={excerpt} path="a.py" line={10} {...place} />);
  return screen.getByRole("group", { name: "a.py, lines 9 to 11" });
}
const underlined = (shown: HTMLElement) => shown.querySelector("mark")?.textContent;

describe("source lines", () => {
  it("are numbered, and the finding's own is marked", () => {
    const rows = [...lines({}).querySelectorAll(".source-line")];
    expect(rows.map((row) => row.getAttribute("data-number"))).toEqual([" 9", "10", "11"]);
    expect(rows.map((row) => row.getAttribute("aria-current"))).toEqual([null, "true", null]);
  });

  it.each([
    ["from column to column", { column: 12, endColumn: 18 }, "x.name"],
    ["to the line's end where it goes on below", { column: 12, endLine: 11, endColumn: 2 }, "x.name + 1"],
    ["the word where no end is known", { column: 5 }, "return"],
    ["one character at least", { column: 19, endColumn: 19 }, "+"],
    ["nothing beyond the line", { column: 90 }, undefined],
    ["nothing where no column is known", {}, undefined],
  ])("underline %s", (_, place, expected) => {
    expect(underlined(lines(place))).toBe(expected);
  });

  it("count what is no letter as one column, and underline nothing in a masked line", () => {
    const odd = { start: 9, lines: ["", "s = '👍🏽' + y", ""] };
    expect(underlined(lines({ column: 12 }, odd))).toBe("y");
    document.body.replaceChildren();
    expect(underlined(lines({ column: 1 }, { start: 9, lines: ["", "KEY = ••••••", ""] }))).toBeUndefined();
  });

  it("show characters that would reorder them as what cannot be read", () => {
    expect(lines({}, { start: 9, lines: ["ok \u202e evil", "", ""] })).toHaveTextContent("ok \ufffd evil");
  });
});

describe("a finding's place", () => {
  const head = () => render(<FindingHead severity="error" rule="E1" helpUri={null} path="a.py" line={3} state="new" />);

  it("is copied as file and line", async () => {
    const user = userEvent.setup();
    head();
    await user.click(screen.getByRole("button", { name: "Copy a.py:3" }));
    expect(await screen.findByText("copied")).toBeInTheDocument();
    expect(await navigator.clipboard.readText()).toBe("a.py:3");
  });

  it("is copied by selection where there is no clipboard, and said where that fails, too", async () => {
    vi.stubGlobal("navigator", {});
    document.execCommand = vi.fn(() => true);
    expect(await copied("a.py:3")).toBe(true);
    document.execCommand = vi.fn(() => {
      throw new Error("not allowed");
    });
    expect(await copied("a.py:3")).toBe(false);
    expect(document.querySelector("textarea")).toBeNull();
  });
});
