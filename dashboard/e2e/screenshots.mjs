/** Pictures of every page: light, dark and narrow. `node e2e/screenshots.mjs FOLDER [PATH...]` */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES, launch, signedIn } from "./browser.mjs";

const LOOKS = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 860 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 860 } },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 780 } },
};
const [folder = "screenshots", ...paths] = process.argv.slice(2);
/** What the `up` of this folder has written. */
const written = (name) => (existsSync(join(".callboard", name)) ? readFileSync(join(".callboard", name), "utf8") : "");
const url = process.env.CALLBOARD_URL ?? written("env").match(/^CALLBOARD_URL=(.+)$/m)?.[1];
const key = process.env.CALLBOARD_API_KEY ?? written("api-key").trim();
if (!url || !key) {
  console.error("No `callboard up` has run in this folder: start it, or set CALLBOARD_URL and CALLBOARD_API_KEY.");
  process.exit(2);
}

mkdirSync(folder, { recursive: true });
const browser = await launch();
for (const [look, options] of Object.entries(LOOKS)) {
  const page = await signedIn(browser, { url, key, reducedMotion: "reduce", ...options });
  page.on("console", (message) => message.type() === "error" && console.error(look, message.text()));
  page.on("pageerror", (error) => console.error(look, error.message));
  for (const path of paths.length > 0 ? paths : PAGES) {
    await page.goto(path);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: join(folder, `${path.replaceAll("/", "_").slice(1) || "overview"}-${look}.png`), fullPage: look === "narrow" });
  }
  await page.context().close();
}
await browser.close();
