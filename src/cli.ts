#!/usr/bin/env node
import { nextSignal } from './signals.ts';

// Before the rest is loaded, which takes a moment: a process with the id 1, as in a container, ignores signals that nobody handles.
const signalled = nextSignal();
const { main } = await import('./commands.ts');
await main(process.argv.slice(2), signalled);
