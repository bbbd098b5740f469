/** What the API tells of throughput, queues, failures and findings, as the tests of their pages need it. */
import type { Ended, Failure, LedgerFinding, Queue, Stats } from "../types/insight";

export const ended = (changes: Partial<Ended> = {}): Ended => ({
  start: "2026-01-24T20:00:00Z",
  completed: 0,
  failed: 0,
  cancelled: 0,
  passed: 0,
  found_problems: 0,
  inconclusive: 0,
  success_rate: null,
  wait_p50_ms: null,
  wait_p95_ms: null,
  run_p50_ms: null,
  run_p95_ms: null,
  ...changes,
});

const TIMES = { wait_p50_ms: 40, wait_p95_ms: 90, run_p50_ms: 1_900, run_p95_ms: 4_000 };

export const stats = (changes: Partial<Stats> = {}): Stats => ({
  since: "2026-01-24T19:00:00Z",
  until: "2026-01-24T20:01:00Z",
  bucket_seconds: 60,
  counted_since: null,
  buckets: [ended({ completed: 3, found_problems: 1, failed: 1, ...TIMES }), ended({ start: "2026-01-24T20:01:00Z" })],
  total: ended({ completed: 3, found_problems: 1, failed: 1, success_rate: 0.75, ...TIMES }),
  running: 2,
  pending: 5,
  oldest_waiting_at: null,
  ...changes,
});

export const failure = (changes: Partial<Failure> = {}): Failure => ({
  fingerprint: "f00d",
  capability: "testing",
  reason: "timeout",
  error: "It ran longer than its limit of 300 s",
  count: 4,
  first_seen: "2026-01-20T20:00:00Z",
  last_seen: new Date().toISOString(),
  agents: ["tester"],
  projects: ["shop"],
  newest_id: "01a20382-6258-7f50-ba5a-4fe0847d6987",
  by_day: [0, 0, 1, 0, 0, 0, 3],
  ...changes,
});

export const queue = (changes: Partial<Queue> = {}): Queue => ({
  name: "testing",
  rung: 2,
  in_line: 3,
  blocked: 0,
  scheduled: 1,
  running: 1,
  capped: false,
  oldest_waiting_at: null,
  capabilities: ["testing"],
  workers: ["callboard@host"],
  slots: 2,
  ...changes,
});

export const ledgerFinding = (changes: Partial<LedgerFinding> = {}): LedgerFinding => ({
  fingerprint: "abcdef0123456789",
  capability: "code_review",
  rule: "F401",
  severity: "warning",
  message: "unused import",
  path: "shop/cart.py",
  line: 3,
  snippet: "import os",
  help_uri: "https://example.org/F401",
  excerpt: null,
  state: "new",
  first_seen: "2026-01-24T20:00:00Z",
  last_seen: "2026-01-24T20:00:00Z",
  fixed_at: null,
  opened_by: "01a20382-6258-7f50-ba5a-4fe0847d6987",
  seen_by: "01a20382-6258-7f50-ba5a-4fe0847d6987",
  suppressed_for: null,
  suppressed_at: null,
  suppressed_until: null,
  ...changes,
});
