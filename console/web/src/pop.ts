// What an agent reads of a caller before answering: safe text, as all that the server gives.

export interface Pop {
  call: string;
  caller: string;
  language?: string;
  intent?: { name: string; confidence: number };
  queue?: string;
  summary?: string;
  skills?: string[]; // what the wish and the language want of whoever takes the call
  said: { kind: string; text: string }[]; // the last of both, in the talk with the machine
}
