/** The dashboard in a real browser against the real stack, which `CALLBOARD_URL`, `_API_KEY` and `_WEB_PID` name. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, signedIn } from "./browser.mjs";

const { CALLBOARD_URL: url, CALLBOARD_API_KEY: key, CALLBOARD_WEB_PID: webPid } = process.env;
const PATIENCE = 60_000;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

const live = (page) => page.getByText("Live", { exact: true }).waitFor({ timeout: PATIENCE });
const row = (page, text) => page.locator(".entry").filter({ hasText: text });

async function open(path, options) {
  const page = await signedIn(browser, { url, key, ...options });
  page.broken = [];
  page.on("pageerror", (error) => page.broken.push(error.message));
  page.on("console", (message) => /Content Security Policy/.test(message.text()) && page.broken.push(message.text()));
  await page.goto(path);
  await live(page);
  return page;
}

async function api(method, path, body) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const answer = await fetch(`${url}/api/v1/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  assert.ok(answer.ok, `${method} ${path} was answered with ${answer.status}`);
  return answer.json();
}

test("whoever is not signed in is told how to, and a key is kept nowhere", async () => {
  const page = await (await browser.newContext({ baseURL: url })).newPage();
  await page.goto("/projects/shop");
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Operation History").waitFor({ timeout: PATIENCE });
  assert.ok(page.url().endsWith("/projects/shop"));
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
  assert.ok(!kept.includes(key));
  await page.context().close();
});

test("a capability is run from the page, and seen to finish without a reload", async () => {
  const page = await open("/projects/shop");
  await page.getByLabel("Select Agent").selectOption("reviewer");
  await page.getByLabel("Select Capability").selectOption("complexity");
  await page.getByText("Execute").click();
  await page.getByText("Operation started").waitFor();
  await row(page, "complexity by reviewer").filter({ hasText: /pending|running/ }).first().waitFor();
  await row(page, "complexity by reviewer").filter({ hasText: "completed" }).first().waitFor({ timeout: PATIENCE });
  assert.deepEqual(page.broken, []);
  await page.context().close();
});

test("two tabs see the same operation, and its page fills in when it ends", async () => {
  const page = await open("/projects/shop");
  const made = await api("POST", "projects/shop/operations", { agent_id: "reviewer", capability: "code_review" });
  const other = await open(`/operations/${made.id}`);
  for (const tab of [page, other]) {
    await tab.getByText("completed · fail (1)").first().waitFor({ timeout: PATIENCE });
  }
  await other.getByRole("link", { name: "F401" }).waitFor({ timeout: PATIENCE });
  await other.getByRole("heading", { name: "Timeline" }).waitFor();
  await Promise.all([page.context().close(), other.context().close()]);
});

test("the web process is killed meanwhile: the page says so, comes back, and has missed nothing", async () => {
  const page = await open("/projects/shop");
  const made = await api("POST", "projects/shop/operations", { agent_id: "tester", capability: "testing" });
  const entry = page.locator(`.entry:has(a[href$="${made.id}"])`);
  await entry.filter({ hasText: /pending|running/ }).waitFor();
  process.kill(Number(webPid));
  await page.getByText("Reconnecting", { exact: true }).waitFor({ timeout: PATIENCE });
  await live(page);
  await entry.filter({ hasText: "completed" }).waitFor({ timeout: PATIENCE });
  assert.deepEqual(page.broken, []);
  await page.context().close();
});

test("a paused page holds still until it is resumed", async () => {
  const page = await open("/projects/shop");
  await page.getByText("Live", { exact: true }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  const made = await api("POST", "projects/shop/operations", { agent_id: "reviewer", capability: "complexity" });
  await page.getByText(/\d+ new/).first().waitFor({ timeout: PATIENCE });
  assert.equal(await page.locator(`a[href$="${made.id}"]`).count(), 0);
  await page.getByText("Paused", { exact: true }).click();
  await page.locator(`a[href$="${made.id}"]`).waitFor();
  await page.context().close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing to complain of in the ${colorScheme} theme`, async () => {
    const { items } = await api("GET", "operations?status=completed&limit=1");
    const page = await open("/", { colorScheme, reducedMotion: "reduce" });
    for (const path of ["/", "/projects/shop", "/operations", `/operations/${items[0].id}`, "/agents", "/workers"]) {
      await page.goto(path);
      await live(page);
      await page.waitForLoadState("networkidle");
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document));
      assert.deepEqual(violations.map(({ id, nodes }) => `${path}: ${id}: ${nodes[0].html}`), []);
    }
    await page.context().close();
  });
}

test("no page is wider than a narrow screen", async () => {
  const page = await open("/", { viewport: { width: 360, height: 700 } });
  for (const path of ["/", "/projects/shop", "/operations", "/agents", "/workers"]) {
    await page.goto(path);
    await live(page);
    await page.waitForLoadState("networkidle");
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${path} is ${width} pixels wide`);
  }
  await page.context().close();
});
