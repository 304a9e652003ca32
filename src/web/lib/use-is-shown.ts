import { useEffect, useRef } from 'preact/hooks';

/** Returns a function that tells whether the component is still shown, for use after an answer of the server. */
export function useIsShown(): () => boolean {
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  return () => isShown.current;
}
