// What the API gives, as /api/v1/openapi.json describes it.

export interface Today {
  queued: number;
  answered: number;
  abandoned: number;
  short_abandoned: number;
  rona: number;
  sl_answered?: number;
  sl_inclusive?: number;
  sl_offered?: number;
  abandon_rate?: number;
  occupancy?: number;
  asa_ns: number;
  aht_ns: number;
}

export interface Queue {
  tenant: string;
  name: string;
  waiting: number;
  offered: number;
  talking: number;
  callbacks: number;
  waiting_since?: string;
  expected_wait_ns?: number;
  target_ns?: number;
  agents: Record<string, number>;
  today: Today;
}

export interface Agent {
  tenant: string;
  name: string;
  state: string;
  reason?: string;
  queues: string[];
  skills: string[];
  since: string;
  until?: string;
  call?: string;
}

export interface LiveCall {
  tenant: string;
  call: string;
  caller: string;
  trust?: string;
  assistant: string;
  language?: string;
  state: string;
  started: string;
  intent?: string;
  score?: number;
  queue?: string;
  agent?: string;
  taken_over?: boolean; // agent is a supervisor
}

export interface Quarter {
  at: string;
  calls: number;
  queued: number;
}

export interface Day {
  tenant: string;
  calls: number;
  ended: number;
  contained: number;
  curve: Quarter[];
}

export interface Board {
  at: string;
  queues: Queue[];
  agents: Agent[];
  calls: LiveCall[];
  days: Day[];
  trouble: boolean;
}

export interface BoardChange extends Partial<Omit<Board, "at">> {
  at: string;
  gone?: { queues?: string[]; agents?: string[]; calls?: string[] };
}

export interface Scored {
  name: string;
  confidence: number;
}

export interface Waterfall {
  endpoint_ms: number;
  final_ms: number;
  intent_ms: number;
  webhook_ms?: number;
  audio_ms: number;
  wire_ms: number;
  total_ms: number;
  filler?: boolean;
}

export interface Outcome {
  input: string;
  does: string;
  asks?: string;
  slot?: string;
  intent?: string;
  queue?: string;
  misses?: number;
  values?: Record<string, string>;
}

export interface Entry {
  seq: number;
  time: string;
  tenant: string;
  call: string;
  kind: string;
  state?: string;
  language?: string;
  utterance?: string;
  text?: string;
  intent?: Scored;
  top?: Scored[];
  outcome?: Outcome;
  queue?: string;
  agent?: string;
  position?: number;
  reason?: string;
  duration_ns?: number;
  waterfall?: Waterfall;
}

export interface Sound {
  codec: string;
  protected: boolean;
  mos?: number;
  lost: number;
  lost_there: number;
  jitter_ms: number;
  round_trip_ms?: number;
}

export interface Call {
  tenant: string;
  call: string;
  trunk?: string;
  caller: string;
  trust?: string;
  called: string;
  assistant: string;
  language?: string;
  state: string;
  started: string;
  answered?: string;
  ended?: string;
  intent?: Scored;
  queue?: string;
  agent?: string;
  taken_over?: boolean;
  cause?: string;
  sound?: Sound;
  flags?: string[];
  journal?: Entry[];
}

export interface FoundCall extends LiveCall {
  ended: string;
  outcome: "bot" | "agent" | "supervisor" | "abandoned";
  cause?: string;
  alias?: string;
}

export interface Found {
  calls: FoundCall[];
  next?: string;
  kept: string;
}

export interface Assistant {
  tenant: string;
  name: string;
  numbers: string[];
  languages: string[];
  min_confidence: number;
  intents: { name: string; examples: Record<string, number> }[];
}

export interface Understood {
  text: string;
  intent?: string;
  confidence: number;
  enough: boolean;
  top: Scored[];
}

export interface Misunderstanding {
  tenant: string;
  call: string;
  at: string;
  language?: string;
  text?: string;
  top?: Scored[];
  reason?: string;
  misses: number;
}

export interface Rehearsal {
  assistant: string;
  version: string;
  file: boolean;
  at: string;
  by: string;
  took_ns: number;
  failed: number;
  scenarios: Rehearsed[];
}

export interface Rehearsed {
  name: string;
  at: string;
  turns: number;
  fault?: { turn: number; at: string; act: string; why: string[]; story: { turn: number; who: string; text: string }[] };
}

export interface Comparison {
  assistant: string;
  file?: string;
  running: string;
  on_disk?: string;
  diff?: string;
  cut?: boolean;
  faults: string[];
  settings: string[];
}

export interface Reloaded {
  changed: string[];
  restart: string[];
}

export interface System {
  version: string;
  at: string; // by the server's clock, which times here are measured by
  started: string;
  draining: boolean;
  drains_until?: string;
  overloaded: boolean;
  undelivered: number;
  cpu_percent: number;
  calls: number;
  max_calls: number;
  ports_free: number;
  nodes: { tenant: string; name: string; own: boolean; alive: boolean; calls: number }[] | null;
  listeners: { network: string; address: string }[] | null;
  trunks: { name: string; to?: string; register: boolean; registered: boolean; calls: number; max_calls?: number }[] | null;
  providers: { name: string; kind: string; up: boolean; breaker: string; open: number; usual_ns: number; failures: Record<string, number> }[] | null;
  certificates: { expires: string; rejected: number }[] | null;
}

export interface Health {
  status: string;
  checks?: { name: string; ready: boolean; reason?: string }[];
}

export interface AuditEvent {
  time: string;
  tenant?: string;
  actor: string;
  action: string;
  result: string;
}
