// Icons, drawn on a grid of 20. They say nothing that the text beside them does not.
const shapes = {
  board: "M3 3h6v8H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 13h6v4H3z",
  live: "M2 10h3l2-6 3 12 3-9 2 3h3",
  agents: "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2-5 5-5s5 2 5 5M13 4a2.5 2.5 0 0 1 0 5M14 12c2.5 0 4 2 4 5",
  calls: "M4 3h12v14H4zM7 7h6M7 10h6M7 13h4",
  messages: "M5.5 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM14.5 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM5.5 13h9",
  assistant: "M3 4h14v9H9l-4 4v-4H3zM7 8.500h.01M10 8.500h.01M13 8.500h.01",
  system: "M3 4h14v5H3zM3 11h14v5H3zM6 6.500h.01M6 13.500h.01M10 6.500h4M10 13.500h4",
  desk: "M3 11v-1a7 7 0 0 1 14 0v1M3 11h3v5H4.500A1.5 1.5 0 0 1 3 14.500zM17 11h-3v5h1.500a1.5 1.5 0 0 0 1.5-1.500z",
  phone: "M4 3h3l1.5 4L6.5 8.500a9 9 0 0 0 5 5L13 11.500l4 1.500v3c0 .6-.4 1-1 1C9 17 3 11 3 4c0-.6.4-1 1-1z",
  sun: "M10 6.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 1.500v2M10 16.500v2M1.5 10h2M16.5 10h2M4 4l1.4 1.400M14.6 14.6 16 16M16 4l-1.4 1.400M5.4 14.6 4 16",
  moon: "M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12z",
  auto: "M10 2.500a7.5 7.5 0 1 0 0 15zM10 2.500a7.5 7.5 0 0 1 0 15",
  full: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  search: "M8.5 3a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM12.5 12.5 17 17",
  out: "M8 3H4v14h4M8 10h9M13.5 6.5 17 10l-3.5 3.5",
  play: "M6 4v12l10-6z",
  back: "M12.5 4 6.5 10l6 6",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}

// A state is told by shape, text and colour: of two of them anybody sees one.
const marks = {
  good: <circle cx="6" cy="6" r="4" fill="currentColor" />,
  busy: <rect x="2" y="2" width="8" height="8" fill="currentColor" />,
  ring: <path d="M6 1.5 10.5 6 6 10.5 1.5 6z" fill="currentColor" />,
  pause: <path d="M3 2h2v8H3zM7 2h2v8H7z" fill="currentColor" />,
  late: <path d="M6 1.5 11 10.500H1z" fill="currentColor" />,
  wrap: <path d="M6 2a4 4 0 1 1-4 4h4z" fill="currentColor" />,
  off: <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" stroke-width="1.5" />,
  bad: <path d="M2.5 2.500l7 7M9.5 2.500l-7 7" stroke="currentColor" stroke-width="2.2" />,
} as const;

export type MarkName = keyof typeof marks;

export function Mark({ name }: { name: MarkName }) {
  return (
    <svg class={`mark mark-${name}`} width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {marks[name]}
    </svg>
  );
}
