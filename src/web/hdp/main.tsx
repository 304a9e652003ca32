import { render } from 'preact';
import { followPageLinks } from '../lib/location.ts';
import { HdpPages } from './pages.tsx';

followPageLinks();
const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(<HdpPages />, root);
}
