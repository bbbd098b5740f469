/** Every page in a real browser: axe has nothing to complain of in either theme, and it fits on every screen, whatever its names. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PAGES, launch } from "./browser.mjs";
import { agent, api, close, complaints, execute, live, open } from "./watching.mjs";

const SCREEN = { width: 1280, height: 720 };
const WIDTHS = [360, 768, 1024];
const LONG = "a_name_as_long_as_an_id_may_be_and_without_a_blank_to_wrap_at";
let browser;
let paths;

before(async () => {
  browser = await launch();
  await agent(LONG, ["true"]);
  await api("POST", "projects", { id: LONG, name: LONG, source: { path: "/nowhere" } });
  await api("PUT", `projects/${LONG}/agents/${LONG}`, { capabilities: [LONG] });
  const { id } = await execute(LONG, LONG, {}, LONG);
  const { items } = await api("GET", "operations?project_id=shop&capability=code_review&limit=1");
  await api("GET", `operations/${items[0].id}?wait=60`);
  paths = [...PAGES, `/operations/${items[0].id}`, `/operations/${id}`, `/projects/${LONG}`, "/nonsense"];
});
after(() => browser.close());

async function visit(page, path) {
  await page.goto(path);
  await live(page);
  await page.waitForFunction(() => !document.querySelector(".skeleton"));
}

/** The pixels that a page needs on a screen of this width. */
async function widthAt(page, width) {
  await page.setViewportSize({ width, height: 700 });
  return page.evaluate(() => document.documentElement.scrollWidth);
}

test("axe finds nothing to complain of on any page, light or dark, and none is wider than the screen", async () => {
  const page = await open(browser, "/", { reducedMotion: "reduce" });
  for (const path of paths) {
    await visit(page, path);
    assert.deepEqual(await complaints(page), [], path);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => document.documentElement.classList.contains("dark"));
    assert.deepEqual(await complaints(page, { onlyColours: true }), [], `${path}, dark`);
    await page.emulateMedia({ colorScheme: "light" });
    for (const width of WIDTHS) {
      const needed = await widthAt(page, width);
      assert.ok(needed <= width, `${path} needs ${needed} of ${width} pixels`);
    }
    await page.setViewportSize(SCREEN);
  }
  await close(page);
});

test("nothing moves on a page where nothing happens, nor with the theme where motion is reduced", async () => {
  const moving = (page) => page.evaluate(() => document.getAnimations().length);
  for (const reducedMotion of ["no-preference", "reduce"]) {
    const page = await open(browser, "/agents", { reducedMotion });
    await visit(page, "/agents");
    assert.equal(await moving(page), 0, reducedMotion);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => document.documentElement.classList.contains("dark"));
    assert.ok(reducedMotion !== "reduce" || (await moving(page)) === 0, "the theme moves");
    await close(page);
  }
});

test("an operation's name has room in the table, however wide the screen is", async () => {
  const page = await open(browser, "/operations");
  for (const width of [...WIDTHS, 1241, 1401]) {
    await page.setViewportSize({ width, height: 700 });
    const room = await page.locator("td.name").first().evaluate((cell) => cell.clientWidth);
    assert.ok(room > 170, `a name has ${room} pixels where the page has ${width}`);
  }
  await close(page);
});
