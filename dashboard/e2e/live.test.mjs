/** The dashboard in a real browser: what a person does, and sees happen. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { PATIENCE, close, entry, execute, key, live, open, pill, url } from "./watching.mjs";

let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

const row = (page, text) => page.locator(".entry").filter({ hasText: text });

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
  const page = await open(browser, "/projects/shop");
  await page.getByLabel("Select Agent").selectOption("reviewer");
  await page.getByLabel("Select Capability").selectOption("complexity");
  await page.getByText("Execute").click();
  await page.getByText("Operation started").waitFor();
  await row(page, "complexity by reviewer").filter({ hasText: /pending|running/ }).first().waitFor();
  await row(page, "complexity by reviewer").filter({ hasText: "completed" }).first().waitFor({ timeout: PATIENCE });
  await close(page);
});

test("two tabs see the same operation, and its page fills in when it ends", async () => {
  const page = await open(browser, "/projects/shop");
  const made = await execute("reviewer", "code_review");
  const other = await open(browser, `/operations/${made.id}`);
  for (const tab of [page, other]) {
    await tab.getByText("completed · fail (1)").first().waitFor({ timeout: PATIENCE });
  }
  await other.getByRole("link", { name: "F401" }).waitFor({ timeout: PATIENCE });
  await other.getByRole("heading", { name: "Timeline" }).waitFor();
  await Promise.all([close(page), close(other)]);
});

test("a finding shows its line among the lines around it, and is suppressed from the ledger", async () => {
  const page = await open(browser, "/projects/shop/findings?capability=code_review");
  const finding = page.locator(".finding").filter({ hasText: "F401" });
  assert.equal(await finding.locator(".source-line[aria-current] mark").innerText(), "json");
  await finding.getByRole("button", { name: "Suppress" }).click();
  await page.getByLabel("Reason").fill("a sample");
  await page.getByRole("button", { name: "Suppress finding" }).click();
  await page.getByText("No finding matches.").waitFor();
  await page.getByRole("button", { name: "suppressed 1" }).click();
  await page.getByText("suppressed: a sample").waitFor();
  await page.getByRole("button", { name: "Count it again" }).click();
  await page.getByText("No finding matches.").waitFor();
  await close(page);
});

test("a paused page holds still until it is resumed", async () => {
  const page = await open(browser, "/projects/shop");
  await page.getByText("Live", { exact: true }).click();
  await pill(page, "Paused");
  const made = await execute("reviewer", "complexity");
  await page.getByText(/\d+ new/).first().waitFor({ timeout: PATIENCE });
  assert.equal(await entry(page, made.id).count(), 0);
  await page.getByText("Paused", { exact: true }).click();
  await entry(page, made.id).waitFor();
  await live(page);
  await close(page);
});
