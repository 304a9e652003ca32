import type { ComponentChildren } from 'preact';
import type { LoggedTask } from '../api-types.ts';
import { Time } from '../components/time.tsx';
import { segmentSentence } from './segment-sentence.ts';
import { actionWords, campaignOf, memberText, repeatWords } from './task-words.ts';

/** The task in words and times. The JSON below has all members. */
export function TaskFacts({ task }: { task: LoggedTask }) {
  const { chain, state, trigger, version, result } = task;
  const people = segmentSentence(trigger.segment);
  const campaign = campaignOf(task);
  return (
    <dl class="task-facts">
      <Fact name="Action">
        <bdi>{actionWords(task)}</bdi>
      </Fact>
      {campaign !== undefined && (
        <Fact name="Campaign">
          <bdi>{campaign}</bdi>
        </Fact>
      )}
      <Fact name="Runs">
        <Schedule task={task} />
      </Fact>
      {people !== undefined && (
        <Fact name="Segment" isWide>
          <bdi>{people}</bdi>
        </Fact>
      )}
      <Fact name="Result">{result === null ? 'None' : <bdi class="text">{result}</bdi>}</Fact>
      <Fact name="Created">
        <Time value={state.created_date} />
      </Fact>
      <Fact name="Last run">{state.last_run_date ? <Time value={state.last_run_date} /> : 'Never'}</Fact>
      <Fact name="Last modified">
        <Time value={state.last_modified} />
      </Fact>
      <Fact name="Version">{version}</Fact>
      <Fact name="Chain">{chain}</Fact>
    </dl>
  );
}

/** Once or repeatedly, with the time that the trigger names. */
function Schedule({ task }: { task: LoggedTask }) {
  const repeat = repeatWords(task);
  const once = memberText(task.trigger, 'once');
  return (
    <>
      {repeat === undefined ? 'Once' : <bdi>{repeat.charAt(0).toUpperCase() + repeat.slice(1)}</bdi>}
      {once !== undefined && (
        <>
          {repeat === undefined ? ', at ' : ', this time at '}
          <bdi>
            <Time value={once} />
          </bdi>
        </>
      )}
    </>
  );
}

function Fact({ name, isWide, children }: { name: string; isWide?: boolean; children: ComponentChildren }) {
  return (
    <div class={isWide ? 'fact wide' : 'fact'}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
