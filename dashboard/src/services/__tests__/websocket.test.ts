import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { operation } from "../../testing/api";
import { FakeSocket } from "../../testing/socket";
import type { AgentOperationMessage, NumberedMessage, WebSocketMessage } from "../../types/project";
import { WebSocketService } from "../websocket";

const frame = (seq: number, project = "shop"): AgentOperationMessage => ({
  type: "agent_operation",
  project_id: project,
  seq,
  payload: { project_id: project, agent_id: "reviewer", operation: operation({ seq }) },
});

describe("WebSocketService", () => {
  let heard: WebSocketMessage[];
  let batches: number;
  let stored: NumberedMessage[];
  let asked: [string, number][];
  let service: WebSocketService;

  const numbers = () => heard.flatMap((message) => ("seq" in message ? [message.seq] : []));

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(1);
    [heard, stored, asked, batches] = [[], [], [], 0];
    service = new WebSocketService({
      url: () => "ws://here/live",
      events: async (id, since) => {
        asked.push([id, since]);
        return stored.filter(({ seq }) => seq > since);
      },
    });
    service.onMessages((messages) => {
      batches += 1;
      heard.push(...messages);
    });
    service.start();
  });

  afterEach(() => {
    service.stop();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("is live once the heads have come, and passes frames on in order", async () => {
    expect(service.state().name).toBe("Reconnecting");
    FakeSocket.newest.heads({ shop: 4 });
    expect(service.state().name).toBe("Live");
    FakeSocket.newest.say(frame(5));
    FakeSocket.newest.say(frame(6));
    await vi.advanceTimersByTimeAsync(300);
    expect(numbers()).toEqual([5, 6]);
  });

  it("ignores what it has heard already and what is no frame", async () => {
    FakeSocket.newest.heads({ shop: 4 });
    for (const nonsense of ["", "{", "[]", '{"type":"agent_operation"}', '{"type":"toString","payload":{}}', '{"type":"reset","payload":{}}']) {
      FakeSocket.newest.say(nonsense);
    }
    FakeSocket.newest.say(frame(5));
    FakeSocket.newest.say(frame(5));
    FakeSocket.newest.say(frame(3));
    await vi.advanceTimersByTimeAsync(300);
    expect(numbers()).toEqual([5]);
    expect(service.state().name).toBe("Live");
  });

  it("reads what lies in a gap, and passes each frame on once", async () => {
    FakeSocket.newest.heads({ shop: 4 });
    stored = [frame(5), frame(6), frame(7)];
    FakeSocket.newest.say(frame(7));
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([["shop", 4]]);
    expect(numbers()).toEqual([5, 6, 7]);
  });

  it("goes on from its own number after a new connection", async () => {
    FakeSocket.newest.heads({ shop: 4 });
    stored = [frame(5), frame(6)];
    FakeSocket.newest.break();
    await vi.advanceTimersByTimeAsync(600);
    expect(FakeSocket.opened).toHaveLength(2);
    FakeSocket.newest.heads({ shop: 6 });
    await vi.advanceTimersByTimeAsync(300);
    expect(numbers()).toEqual([5, 6]);
    FakeSocket.newest.say(frame(7));
    await vi.advanceTimersByTimeAsync(300);
    expect(numbers()).toEqual([5, 6, 7]);
  });

  it("has the project read anew where what was missed is no longer kept", async () => {
    FakeSocket.newest.heads({ shop: 4 });
    stored = [frame(90)];
    FakeSocket.newest.heads({ shop: 90 });
    await vi.advanceTimersByTimeAsync(300);
    expect(heard.at(-1)).toMatchObject({ type: "reset", project_id: "shop" });
    FakeSocket.newest.heads({ shop: 2 });
    await vi.advanceTimersByTimeAsync(300);
    expect(heard.at(-1)).toMatchObject({ type: "reset", payload: { head: 2 } });
    FakeSocket.newest.say({ type: "reset", project_id: "shop", payload: { oldest: 1, head: 3 } });
    FakeSocket.newest.say(frame(4));
    await vi.advanceTimersByTimeAsync(300);
    expect(numbers()).toEqual([4]);
  });

  it("has everything read anew where very many projects have gaps", async () => {
    const many = (head: number) => Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`p${index}`, head]));
    FakeSocket.newest.heads(many(1));
    FakeSocket.newest.heads(many(5));
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([]);
    expect(heard.map(({ type }) => type)).toEqual(["heads", "heads"]);
  });

  it("has everything read anew, once, where a project is gone", async () => {
    FakeSocket.newest.heads({ shop: 4, gone: 2 });
    FakeSocket.newest.heads({ shop: 4 });
    FakeSocket.newest.heads({ shop: 4 });
    await vi.advanceTimersByTimeAsync(300);
    expect(heard.map(({ type }) => type)).toEqual(["heads", "heads"]);
  });

  it("never gives up, and waits longer each time up to half a minute", async () => {
    const delays: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      FakeSocket.newest.break();
      delays.push((service.state().retryAt ?? 0) - Date.now());
      await vi.advanceTimersByTimeAsync(delays.at(-1) ?? 0);
    }
    expect(FakeSocket.opened).toHaveLength(13);
    expect(delays.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(Math.max(...delays)).toBe(30_000);
  });

  it("tries at once when the network or the person comes back", async () => {
    FakeSocket.newest.break();
    FakeSocket.newest.break();
    window.dispatchEvent(new Event("online"));
    expect(FakeSocket.opened).toHaveLength(2);
    FakeSocket.newest.heads({});
    document.dispatchEvent(new Event("visibilitychange"));
    expect(FakeSocket.opened).toHaveLength(2);
  });

  it("is stale when the server falls silent, and gives the dead socket up", async () => {
    const first = FakeSocket.newest;
    first.heads({ shop: 1 });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(service.state().name).toBe("Stale");
    await vi.advanceTimersByTimeAsync(9_000);
    expect(first.isClosed).toBe(true);
    expect(FakeSocket.opened.length).toBeGreaterThan(1);
    FakeSocket.newest.heads({ shop: 1 });
    expect(service.state().name).toBe("Live");
  });

  it("holds frames while paused, and says of how many operations they tell", async () => {
    FakeSocket.newest.heads({ shop: 1 });
    await vi.advanceTimersByTimeAsync(300);
    service.pause();
    FakeSocket.newest.say(frame(2));
    FakeSocket.newest.say(frame(3));
    FakeSocket.newest.heads({ shop: 3 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(service.state()).toMatchObject({ name: "Paused", waiting: 1 });
    expect(numbers()).toEqual([]);
    service.resume();
    expect(numbers()).toEqual([2, 3]);
    expect(service.state().name).toBe("Live");
  });

  it("has everything read anew where too much came while it was paused", async () => {
    FakeSocket.newest.heads({ shop: 0 });
    await vi.advanceTimersByTimeAsync(300);
    service.pause();
    for (let seq = 1; seq <= 2_001; seq += 1) {
      FakeSocket.newest.say(frame(seq));
    }
    heard = [];
    service.resume();
    expect(heard.map(({ type }) => type)).toEqual(["heads", "agent_operation"]);
  });

  it("tells of hundreds of frames in eight batches a second", async () => {
    FakeSocket.newest.heads({ shop: 0 });
    await vi.advanceTimersByTimeAsync(300);
    const perSecond = [];
    for (let seq = 1; seq <= 300; seq += 1) {
      batches = seq % 100 === 1 ? 0 : batches;
      FakeSocket.newest.say(frame(seq));
      await vi.advanceTimersByTimeAsync(10);
      perSecond[Math.floor((seq - 1) / 100)] = batches;
    }
    await vi.advanceTimersByTimeAsync(300);
    expect(numbers()).toHaveLength(300);
    expect(perSecond[1]).toBeLessThanOrEqual(8);
    expect(perSecond[2]).toBeLessThanOrEqual(8);
  });

  it("tells of what comes now and then at once", async () => {
    FakeSocket.newest.heads({ shop: 0 });
    await vi.advanceTimersByTimeAsync(1_000);
    for (let seq = 1; seq <= 20; seq += 1) {
      FakeSocket.newest.say(frame(seq));
      await vi.advanceTimersByTimeAsync(1);
      expect(numbers()).toHaveLength(seq);
      await vi.advanceTimersByTimeAsync(199);
    }
  });

  it("asks again with the next heads where reading a gap failed", async () => {
    FakeSocket.newest.heads({ shop: 1 });
    const events = vi.spyOn(stored, "filter").mockImplementationOnce(() => {
      throw new Error("down");
    });
    FakeSocket.newest.heads({ shop: 2 });
    await vi.advanceTimersByTimeAsync(10);
    expect(events).toHaveBeenCalledOnce();
    stored = [frame(2)];
    FakeSocket.newest.heads({ shop: 2 });
    await vi.advanceTimersByTimeAsync(300);
    expect(numbers()).toEqual([2]);
  });

  it("passes progress on, and nothing after it was stopped", async () => {
    FakeSocket.newest.heads({ shop: 1 });
    FakeSocket.newest.say({ type: "progress", project_id: "shop", payload: { operation_id: "1", done: 1, total: 2, text: "" } });
    await vi.advanceTimersByTimeAsync(300);
    expect(heard.at(-1)?.type).toBe("progress");
    const socket = FakeSocket.newest;
    service.stop();
    socket.say(frame(2));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(numbers()).toEqual([]);
    expect(FakeSocket.opened).toHaveLength(1);
  });
});
