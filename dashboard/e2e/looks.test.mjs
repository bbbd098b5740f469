/** Every page in a real browser: axe has nothing to complain of in either theme, and it fits on a narrow screen. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PAGES, launch } from "./browser.mjs";
import { api, close, complaints, live, open } from "./watching.mjs";

const NARROW = 360;
let browser;
let paths;

before(async () => {
  browser = await launch();
  const { items } = await api("GET", "operations?project_id=shop&verdict=fail&limit=1");
  paths = [...PAGES, `/operations/${items[0].id}`, "/nonsense"];
});
after(() => browser.close());

async function visit(page, path) {
  await page.goto(path);
  await live(page);
  await page.waitForFunction(() => !document.querySelector(".skeleton"));
}

test("axe finds nothing to complain of on any page, light or dark", async () => {
  const page = await open(browser, "/", { reducedMotion: "reduce" });
  for (const path of paths) {
    await visit(page, path);
    assert.deepEqual(await complaints(page), [], path);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => document.documentElement.classList.contains("dark"));
    assert.deepEqual(await complaints(page, { onlyColours: true }), [], `${path}, dark`);
    await page.emulateMedia({ colorScheme: "light" });
  }
  await close(page);
});

test("no page is wider than a narrow screen", async () => {
  const page = await open(browser, "/", { viewport: { width: NARROW, height: 700 } });
  for (const path of paths) {
    await visit(page, path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= NARROW, `${path} is ${width} pixels wide`);
  }
  await close(page);
});
