/** The product's mark. Decoration: the name stands beside it. */
export function DeputyMark({ className = "size-6" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        className="fill-accent-foreground stroke-accent-foreground"
        strokeWidth="2"
        strokeLinejoin="round"
        d="m16 6.8 2.7 5.9 6.5.8-4.8 4.4 1.3 6.4L16 21.1l-5.7 3.2 1.3-6.4-4.8-4.4 6.5-.8z"
      />
    </svg>
  );
}
