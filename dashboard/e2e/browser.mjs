/** Starts the browser that is installed on this machine; nothing is downloaded. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The pages that every installation has. */
export const PAGES = ["/", "/projects", "/projects/shop", "/projects/shop/findings", "/operations", "/findings", "/failures", "/agents", "/workers", "/queues"];

/** Where the browser is; undefined where none is installed. */
export const executablePath = PLACES.find((place) => existsSync(place));

export const launch = () => chromium.launch({ executablePath, args: FLAGS });

/** A page of a browser that is signed in with this API key. */
export async function signedIn(browser, { url, key, ...options }) {
  const context = await browser.newContext({ baseURL: url, ...options });
  const answer = await context.request.post("/login", { data: { key }, headers: { "Sec-Fetch-Site": "same-origin" } });
  if (!answer.ok()) {
    throw new Error(`signing in was answered with ${answer.status()}: ${await answer.text()}`);
  }
  return context.newPage();
}
