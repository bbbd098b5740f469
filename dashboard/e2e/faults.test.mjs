/** The dashboard in a real browser while the stack and the network break: it says so, comes back, and has missed nothing. */
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { freezing } from "./freezing.mjs";
import { PATIENCE, agent, close, entry, execute, find, live, open, pill } from "./watching.mjs";

let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Ends a part of the stack at once, with all that it has started; `up` starts it again. */
const kill = (pids) => pids.forEach((pid) => process.kill(pid, "SIGKILL"));

const ends = (page, made) => entry(page, made.id).filter({ hasText: "completed" }).waitFor({ timeout: PATIENCE });

test("the web process is killed: the page says that it reconnects, and misses nothing", async () => {
  const page = await open(browser, "/projects/shop");
  const pids = await find("web");
  const made = await execute("tester", "testing");
  await entry(page, made.id).waitFor();
  kill(pids);
  await pill(page, "Reconnecting");
  await live(page);
  await ends(page, made);
  await close(page);
});

test("Redis is killed: operations are still accepted, and seen to finish", async () => {
  const page = await open(browser, "/projects/shop");
  kill(await find("valkey"));
  const made = await execute("reviewer", "complexity");
  await ends(page, made);
  await live(page);
  await close(page);
});

test("the worker is killed: the page shows the second attempt, and that it completes", async () => {
  const page = await open(browser, "/projects/shop");
  await agent("sleeper", ["sh", "-c", "sleep 3; echo '{\"verdict\": \"pass\"}'"]);
  const pids = await find("worker");
  const made = await execute("sleeper", "sleeper");
  await entry(page, made.id).filter({ hasText: "running" }).waitFor({ timeout: PATIENCE });
  kill(pids);
  await ends(page, made);
  await entry(page, made.id).getByRole("link").click();
  await page.getByText("attempt 2").first().waitFor();
  await close(page);
});

test("the laptop sleeps for a minute: the page never claims to be live, and shows what it missed", async () => {
  const network = await freezing();
  const page = await open(browser, "/projects/shop", { at: network.url });
  await page.clock.install();
  await page.reload();
  await live(page);
  network.freeze();
  const made = await execute("reviewer", "complexity");
  await page.clock.fastForward(60_000);
  await pill(page, "Stale");
  network.thaw();
  await live(page);
  await ends(page, made);
  await close(page);
  network.end();
});
