/** Finding and operating in a real browser: views, actions on many, and the keyboard. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { PATIENCE, api, close, complaints, open } from "./watching.mjs";

const LATER = "2199-01-01T00:00:00Z";
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

const rows = (page) => page.locator("tr[data-row]");

/** A project with so many operations that wait, and one that is cancelled. */
async function project(id, waiting) {
  await api("POST", "projects", { id, name: id, source: { path: "/nowhere" } });
  await api("PUT", `projects/${id}/agents/reviewer`, { capabilities: ["complexity"] });
  const submit = () => api("POST", `projects/${id}/operations`, { agent_id: "reviewer", capability: "complexity", run_at: LATER });
  const ended = await submit();
  await api("POST", `operations/${ended.id}/cancel`);
  for (let count = 0; count < waiting; count++) {
    await submit();
  }
}

test("a view is saved under a name, found again after a reload, and shared by its link", async () => {
  const page = await open(browser, "/operations?status=cancelled&capability=complexity");
  await page.getByRole("button", { name: "Save view" }).click();
  await page.getByLabel("Name").fill("Called off");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("link", { name: "Running" }).click();
  await page.waitForURL("**/operations?status=running");
  await page.reload();
  await page.getByRole("link", { name: "Called off" }).click();
  await page.waitForURL("**/operations?status=cancelled&capability=complexity");
  const other = await open(browser, page.url());
  await other.getByRole("button", { name: "cancelled", pressed: true }).waitFor();
  assert.equal(await other.getByLabel("Capability").inputValue(), "complexity");
  await Promise.all([close(page), close(other)]);
});

test("many operations are cancelled after a preview that says which, how many, and what is skipped", async () => {
  await project("many", 3);
  const page = await open(browser, "/operations?project_id=many");
  await page.getByLabel("Select all that match").check();
  await page.getByRole("button", { name: "Cancel…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("3 operations will be cancelled.").waitFor();
  await dialog.getByText("Skipped: 1 cancelled.").waitFor();
  assert.equal(await dialog.getByText("complexity by reviewer").count(), 3);
  assert.deepEqual(await complaints(page), []);
  assert.equal((await api("GET", "operations?project_id=many&status=pending")).items.length, 3);
  await dialog.getByRole("button", { name: "Cancel 3 operations" }).click();
  await dialog.getByText("3 cancelled.").waitFor({ timeout: PATIENCE });
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.waitForFunction(() => [...document.querySelectorAll("tr[data-row]")].every((row) => row.textContent.includes("cancelled")));
  assert.equal((await api("GET", "operations?project_id=many&status=cancelled")).items.length, 4);
  await close(page);
});

test("the keyboard goes to pages, searches, walks through rows, selects and opens, and can be turned off", async () => {
  await project("typed", 2);
  const page = await open(browser, "/");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Search operations").waitFor();
  assert.deepEqual(await complaints(page), []);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.type("go");
  await page.waitForURL("**/operations");
  await page.getByLabel("Project").selectOption("typed");
  await rows(page).nth(2).waitFor();
  await page.keyboard.press("g"); // on a select it chooses, and goes nowhere
  await page.getByRole("heading", { name: "Operations" }).click();
  await page.keyboard.press("/");
  await page.keyboard.type("gpx");
  assert.equal(await page.getByLabel("Search").inputValue(), "gpx");
  await page.getByLabel("Search").fill("");
  await page.getByRole("heading", { name: "Operations" }).click();
  await page.keyboard.type("jjx");
  const second = rows(page).nth(1);
  assert.ok(await second.getByRole("checkbox").isChecked());
  assert.ok(await second.getByRole("link").first().evaluate((link) => link === document.activeElement));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  await page.keyboard.press("?");
  await page.getByLabel("Single keys act").uncheck();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.type("gp?");
  assert.match(page.url(), /\/operations\/[0-9a-f-]{36}$/);
  await close(page);
});
