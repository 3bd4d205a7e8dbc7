import type { ComponentChildren } from 'preact';
import { Sign, type Tone } from './badge.tsx';

interface NoticeProps {
  readonly tone: Tone;
  readonly title: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** What should be read before everything else. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`}>
      <p class="notice-title">
        <Sign tone={tone} />
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}
