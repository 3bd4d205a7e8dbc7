import 'uplot/dist/uPlot.min.css';
import './style.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { followKeys } from './keys.ts';
import { followLive } from './live.ts';
import { followLinks } from './place.ts';

const root = document.querySelector('#app');
if (root !== null) {
  root.replaceChildren();
  followLinks();
  followKeys();
  followLive();
  render(<App />, root);
}
