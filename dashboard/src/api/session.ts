/** The browser's way in and out; the key itself is never kept. */
import { ApiError, prefix } from "./http";

/** Exchanges an API key for the session's cookie. Throws ApiError. */
export async function signIn(key: string): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${prefix()}login`, { method: "POST", headers, body: JSON.stringify({ key }) });
  if (!answer.ok) {
    const sentence = answer.status === 401 ? "This API key opens nothing here; is it whole?" : `The API answered ${answer.status}.`;
    throw new ApiError(sentence, answer.status, "sign_in");
  }
}

export async function signOut(): Promise<void> {
  await fetch(`${prefix()}logout`, { method: "POST" });
}
