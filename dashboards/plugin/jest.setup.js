require('@testing-library/jest-dom');

// What browsers have and jsdom has not.
Object.defineProperty(window, 'matchMedia', {
  value: (query) => ({ matches: false, media: query, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {} }),
});
global.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.scrollIntoView = () => {};
global.TextEncoder = global.TextEncoder || require('node:util').TextEncoder;
global.TextDecoder = global.TextDecoder || require('node:util').TextDecoder;
global.IntersectionObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

// Icons are fetched; tests do not look at them.
jest.mock('react-inlinesvg', () => ({ __esModule: true, default: () => null }));
