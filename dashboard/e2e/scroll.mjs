/** The longest task while a long history is scrolled, in milliseconds: `node e2e/scroll.mjs PROJECT`. */
import { launch } from "./browser.mjs";
import { longestTask, open } from "./watching.mjs";

const STEPS = 60;
const browser = await launch();
const page = await open(browser, `/operations?project_id=${process.argv[2]}`);
await page.getByRole("link", { name: "code_review by reviewer" }).nth(10).waitFor();
console.log("ready");
const longest = await longestTask(browser, page, async () => {
  await page.mouse.move(700, 500);
  for (let step = 0; step < STEPS; step += 1) {
    await page.mouse.wheel(0, 700);
    await page.waitForTimeout(30);
    const older = page.getByRole("button", { name: "Load older" });
    if (step % 10 === 9 && (await older.isVisible())) {
      await older.click();
    }
  }
});
console.log(JSON.stringify(longest));
await browser.close();
