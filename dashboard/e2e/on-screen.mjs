/** When each operation of a project was painted as completed: `node e2e/on-screen.mjs PROJECT`; ends with its input. */
import { once } from "node:events";
import { launch } from "./browser.mjs";
import { open } from "./watching.mjs";

const browser = await launch();
const page = await open(browser, `/projects/${process.argv[2]}`);
await page.evaluate(() => {
  window.painted = {};
  const note = () => {
    for (const entry of document.querySelectorAll(".entry")) {
      const id = entry.querySelector("a")?.href.split("/").at(-1);
      if (id && !(id in window.painted) && entry.querySelector(".badge").textContent.includes("completed")) {
        window.painted[id] = null;
        requestAnimationFrame(() => {
          const after = new MessageChannel();
          after.port1.onmessage = () => (window.painted[id] = performance.timeOrigin + performance.now());
          after.port2.postMessage(null);
        });
      }
    }
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
});
console.log("ready");
await once(process.stdin.resume(), "end");
console.log(JSON.stringify(await page.evaluate(() => window.painted)));
await browser.close();
