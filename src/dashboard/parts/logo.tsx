/** One line in, three lines out. */
export function Logo() {
  return (
    <svg
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      stroke-width="2.4"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d="M3 16h7M14 16h8M13 13c2-5 5-6 9-6M13 19c2 5 5 6 9 6" opacity=".85" />
      <circle cx="11" cy="16" r="3" fill="currentColor" />
      <circle cx="26" cy="7" r="2.6" />
      <circle cx="26" cy="16" r="2.6" />
      <circle cx="26" cy="25" r="2.6" />
    </svg>
  );
}
