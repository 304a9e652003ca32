import { changeSettings, type Theme, useSettings } from '../lib/settings.ts';
import { type Zone, zoneName } from '../lib/time.ts';

const THEMES: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

/** A button that opens the settings of the reader. */
export function SettingsMenu() {
  const { theme, zone } = useSettings();
  const zones: Record<Zone, string> = { local: `Local: ${zoneName('local')}`, UTC: 'UTC' };
  return (
    <>
      <button type="button" popovertarget="settings">
        Settings
      </button>
      <div id="settings" popover="auto" class="popover">
        <Choice
          label="Theme"
          value={theme}
          choices={THEMES}
          onChange={(theme) => changeSettings({ theme })}
        />
        <Choice
          label="Time zone"
          value={zone}
          choices={zones}
          onChange={(zone) => changeSettings({ zone })}
        />
        <ShortcutsSetting />
      </div>
    </>
  );
}

/** Turns single keys on and off (WCAG 2.1.4). */
export function ShortcutsSetting() {
  const { hasShortcuts } = useSettings();
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={hasShortcuts}
        onChange={({ currentTarget }) => changeSettings({ hasShortcuts: currentTarget.checked })}
      />
      Use single keys as shortcuts
    </label>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  choices: Record<Value, string>;
  onChange(value: Value): void;
}

function Choice<Value extends string>({ label, value, choices, onChange }: ChoiceProps<Value>) {
  // The keys of the object are the values.
  const values = Object.keys(choices) as Value[];
  return (
    <label class="field">
      {label}
      <select
        value={value}
        onChange={({ currentTarget }) => onChange(values[currentTarget.selectedIndex] ?? value)}
      >
        {values.map((choice) => (
          <option key={choice} value={choice}>
            {choices[choice]}
          </option>
        ))}
      </select>
    </label>
  );
}
