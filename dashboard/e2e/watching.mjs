/** What every test in a real browser needs: a page that is watched for errors, the API, and ways to disturb the stack. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { signedIn } from "./browser.mjs";

export const { CALLBOARD_URL: url, CALLBOARD_API_KEY: key, CALLBOARD_SCRIPTS: scripts, CALLBOARD_PYTHON: python } = process.env;
export const PATIENCE = 60_000;
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const run = promisify(execFile);

export const pill = (page, name) => page.getByText(name, { exact: true }).first().waitFor({ timeout: PATIENCE });
export const live = (page) => pill(page, "Live");
export const entry = (page, id) => page.locator(`.entry:has(a[href$="${id}"])`);

/** A page that is signed in and live; `page.broken` gathers what goes wrong in it. */
export async function open(browser, path, { at = url, ...options } = {}) {
  const page = await signedIn(browser, { url: at, key, ...options });
  page.broken = [];
  page.on("pageerror", (error) => page.broken.push(error.message));
  page.on("dialog", (dialog) => page.broken.push(`a dialog: ${dialog.message()}`));
  page.on("console", (message) => /Content Security Policy/.test(message.text()) && page.broken.push(message.text()));
  await page.goto(path);
  await live(page);
  return page;
}

/** Ends a page, on which nothing may have gone wrong. */
export async function close(page) {
  assert.deepEqual(page.broken, []);
  await page.context().close();
}

export async function api(method, path, body) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const answer = await fetch(`${url}/api/v1/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  assert.ok(answer.ok, `${method} ${path} was answered with ${answer.status}: ${await answer.clone().text()}`);
  return answer.status === 204 ? null : answer.json();
}

export const execute = (agent_id, capability, parameters = {}, project = "shop") =>
  api("POST", `projects/${project}/operations`, { agent_id, capability, parameters });

/** Makes an agent of the project `shop` that runs a command, also as the name of its capability. */
export async function agent(id, argv, name = id) {
  await api("POST", "agents", { id, name, kind: "command", capabilities: [id], settings: { commands: { [id]: { argv } } } });
  await api("PUT", `projects/shop/agents/${id}`, { capabilities: [id] });
}

/** Does what `tests/dashboard/act.py` can do; answers what it says. */
export const act = (...words) => told("act.py", words);

/** The processes of a part of the stack, as `tests/dashboard/find.py` finds them. */
export const find = (part) => told("find.py", [part]);

async function told(script, words) {
  return JSON.parse((await run(python, [join(scripts, script), ...words.map(String)])).stdout || "null");
}

/** What axe has to say of a page, in a theme; what is no colour is the same in every theme. */
export async function complaints(page, { onlyColours = false } = {}) {
  await page.evaluate(axeSource);
  const rules = onlyColours ? { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } } : {};
  const { violations } = await page.evaluate((chosen) => window.axe.run(document, chosen), { ...rules, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

/** The longest task of a page's main thread in milliseconds of its own work, whatever else the machine does. */
export async function longestTask(browser, page, work) {
  await browser.startTracing(page, { categories: ["toplevel", "__metadata", "devtools.timeline"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = traceEvents.filter((one) => one.name === "thread_name" && one.args.name === "CrRendererMain");
  const tasks = traceEvents.filter((one) => /RunTask$/.test(one.name) && mains.some(({ pid, tid }) => one.pid === pid && one.tid === tid));
  assert.ok(tasks.length > 0, "the trace has no task of the page");
  return Math.max(...tasks.map(({ tdur, dur }) => tdur ?? dur ?? 0)) / 1_000;
}
