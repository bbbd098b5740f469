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

/** Ends the session. Throws ApiError where it may still stand. */
export async function signOut(): Promise<void> {
  try {
    await fetch(`${prefix()}logout`, { method: "POST" });
  } catch {
    throw new ApiError("You may still be signed in: Callboard does not answer.", 0, "unreachable");
  }
}
