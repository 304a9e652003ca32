/** The navigation of the reference: a link to every section. The one that is being read is marked. */
import { useEffect, useState } from 'preact/hooks';

interface Part {
  id: string;
  title: string;
}

interface Section extends Part {
  parts: readonly Part[];
}

const WIDE = '(min-width: 64rem)';

export function Contents({ sections }: { sections: readonly Section[] }) {
  const isWide = useWideWindow();
  const ids = sections.flatMap(({ id, parts }) => [id, ...parts.map((part) => part.id)]);
  const current = useVisibleSection(ids.join(' '));
  const link = (id: string, title: string, className?: string) => (
    <a class={className} href={`#${id}`} aria-current={id === current ? 'location' : undefined}>
      {title}
    </a>
  );
  return (
    <nav class="contents" aria-label="Contents of the reference">
      <details open={isWide}>
        <summary>Contents</summary>
        <ul>
          {sections.map(({ id, title, parts }) => (
            <li key={id}>
              {link(id, title, 'group')}
              <ul>
                {parts.map((part) => (
                  <li key={part.id}>{link(part.id, part.title)}</li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      </details>
    </nav>
  );
}

function useWideWindow(): boolean {
  const [isWide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const query = matchMedia(WIDE);
    const update = () => setWide(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  return isWide;
}

/** Returns the id of the section that is at the top of the window. @param ids separated by spaces */
function useVisibleSection(ids: string): string | undefined {
  const [current, setCurrent] = useState<string>();
  useEffect(() => {
    const visible = new Set<string>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          if (isIntersecting) visible.add(target.id);
          else visible.delete(target.id);
        // Parts come after the group that holds them.
        setCurrent(ids.split(' ').findLast((id) => visible.has(id)));
      },
      { rootMargin: '-10% 0px -85% 0px' },
    );
    for (const id of ids.split(' ')) {
      const section = document.getElementById(id);
      if (section) observer.observe(section);
    }
    return () => observer.disconnect();
  }, [ids]);
  return current;
}
