/** The dashboard in a real browser with much to show: many events, many operations, and text that is not meant well. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { PATIENCE, act, agent, api, close, entry, execute, live, longestTask, open } from "./watching.mjs";

const LONGEST_TASK_MS = 200;
const LONGEST_SCROLLING_MS = 50;
const MOST_ROWS = 60;
/** Pixels a frame, or 18,000 a second: twice what a hand flings. */
const STEP = 300;
let browser;

before(async () => {
  browser = await launch();
  await project("vast");
  await act("fill", "vast", 100_000);
});
after(() => browser.close());

const rows = (page) => page.locator("tr[data-row]");

async function project(id) {
  await api("POST", "projects", { id, name: id, source: { path: "/nowhere" } });
  await api("PUT", `projects/${id}/agents/reviewer`, { capabilities: ["complexity"] });
}

test("100 events a second leave the page responsive, and in the end every row is right", async () => {
  await project("storm");
  const page = await open(browser, "/projects/storm");
  let ids;
  const longest = await longestTask(browser, page, async () => {
    ids = await act("storm", "storm", 300);
    await entry(page, ids[0]).filter({ hasText: "cancelled" }).waitFor({ timeout: PATIENCE });
  });
  assert.ok(longest <= LONGEST_TASK_MS, `a task took ${longest} ms`);
  const shown = await page.locator(".entry").evaluateAll((all) => all.map((one) => [one.querySelector("a").href.split("/").at(-1), one.querySelector(".badge").textContent.trim()]));
  assert.deepEqual(shown, ids.slice(0, 50).map((id) => [id, "cancelled"]));
  await close(page);
});

test("the operations of a project that has 100,000 are there at once, and older ones as they come into sight", async () => {
  const page = await open(browser, "/");
  const longest = await longestTask(browser, page, async () => {
    await page.goto("/operations?project_id=vast");
    await page.getByRole("link", { name: "code_review by reviewer" }).nth(10).waitFor();
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.locator('tr[aria-rowindex="104"]').waitFor();
  });
  assert.ok(longest <= LONGEST_TASK_MS, `a task took ${longest} ms`);
  await live(page);
  await close(page);
});

test("a history of 100,000 operations is scrolled without a long task, and only what is in sight is in the page", async () => {
  const page = await open(browser, "/operations?project_id=vast");
  await rows(page).nth(10).waitFor();
  const table = page.getByRole("table", { name: "Operations" });
  assert.equal(await table.getAttribute("aria-rowcount"), "-1");
  await page.mouse.move(700, 500);
  const lowest = () => rows(page).last().evaluate((row) => Number(row.getAttribute("aria-rowindex")));
  const longest = await longestTask(browser, page, async () => {
    while ((await lowest()) < 1_000) {
      await page.mouse.wheel(0, STEP);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
  });
  assert.ok((await rows(page).count()) <= MOST_ROWS);
  const places = await rows(page).evaluateAll((all) => all.map((row) => Number(row.getAttribute("aria-rowindex"))));
  assert.deepEqual(places, Array.from(places, (_, place) => places[0] + place));
  assert.ok(longest <= LONGEST_SCROLLING_MS, `a task took ${longest} ms`);
  await close(page);
});

test("a result with HTML, text from right to left and a megabyte of text is shown as text, and whole in a file", async () => {
  const html = "<img src=x onerror=alert(1)><script>alert(2)</script>";
  const rtl = "\u202eshalom שלום";
  const finding = { rule: html, message: `${html} ${rtl}`, severity: "error", path: `src/${html}.py`, line: 1, fingerprint: "f1", help_uri: "javascript:alert(3)" };
  const told = JSON.stringify({ verdict: "fail", summary: `${html} ${rtl}`, findings: [finding] });
  const program = `import json; told = json.loads(${JSON.stringify(told)}); told["details"] = {"text": "x" * 1000000}; print(json.dumps(told))`;
  await agent("odd", ["python3", "-c", program], html);
  const made = await execute("odd", "odd");
  const { status, error } = await api("GET", `operations/${made.id}?wait=30`);
  assert.equal(status, "completed", error);
  const page = await open(browser, "/", { viewport: { width: 360, height: 700 } });
  for (const path of [`/operations/${made.id}`, "/projects/shop", "/projects/shop/findings?capability=odd", "/agents"]) {
    await page.goto(path);
    await page.getByText("<img src=x").filter({ visible: true }).first().waitFor();
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, `${path} is too wide`);
  }
  await close(page);
  const whole = await api("GET", `operations/${made.id}/artifacts/result.json`);
  assert.equal(whole.details.text.length, 1_000_000);
});
