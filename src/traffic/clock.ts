/** Milliseconds since some moment, never going back. Tests have one of their own. */
export type Clock = () => number;
