import { useEffect, useState } from 'react';

/** What the backend answered, or why not; nothing while it has not. */
export interface Asked<T> {
  answer?: T;
  error?: string;
}

/** Asks the backend when the component is shown and whenever what it depends on changes. */
export function useAsked<T>(ask: () => Promise<T>, dependsOn: unknown[]): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({});
  useEffect(() => {
    let shown = true;
    ask().then(
      (answer) => shown && setAsked({ answer }),
      (err) => shown && setAsked({ error: reason(err) })
    );
    return () => {
      shown = false;
    };
    // The caller says what the question depends on.
  }, dependsOn);
  return asked;
}

/** What a failed request says. */
function reason(err: unknown): string {
  const e = err as { data?: { message?: string }; message?: string };
  return e?.data?.message ?? e?.message ?? String(err);
}
