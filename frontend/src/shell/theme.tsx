/** The theme, the person's choice, remembered in the browser and the system's by default; and the menu of how all looks. */
import {
  ActionIcon,
  type MantineColorScheme,
  type MantineColorSchemeManager,
  Popover,
  SegmentedControl,
  useMantineColorScheme,
} from "@mantine/core";
import { MoonIcon, SunIcon, SystemThemeIcon } from "@/design/icons";
import { chooseDensity, DENSITIES, type Density, useDensity } from "./density";
import { remember, remembered } from "./remembered";
import classes from "./theme.module.css";

const THEME = "control-center.theme";

const isScheme = (value: string | null): value is MantineColorScheme =>
  value === "light" || value === "dark" || value === "auto";

/** Where Mantine keeps the theme; other windows follow. */
export function themeKeeper(): MantineColorSchemeManager {
  let listener: ((event: StorageEvent) => void) | undefined;
  return {
    get: (fallback) => {
      const value = remembered(THEME);
      return isScheme(value) ? value : fallback;
    },
    set: (value) => remember(THEME, value),
    clear: () => remember(THEME, "auto"),
    subscribe: (update) => {
      listener = (event) => event.key === THEME && isScheme(event.newValue) && update(event.newValue);
      window.addEventListener("storage", listener);
    },
    unsubscribe: () => listener && window.removeEventListener("storage", listener),
  };
}

export const THEMES = [
  { value: "auto", word: "As the system", icon: <SystemThemeIcon /> },
  { value: "light", word: "Light", icon: <SunIcon /> },
  { value: "dark", word: "Dark", icon: <MoonIcon /> },
] as const;

export function LookMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const density = useDensity();
  const current = THEMES.find((one) => one.value === colorScheme) ?? THEMES[0];
  return (
    <Popover
      position="bottom-end"
      withinPortal={false}
      trapFocus
      returnFocus
      transitionProps={{ duration: 80 }}
    >
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--text)"
          size={34}
          aria-label={`Theme: ${current.word}`}
          title={`Theme: ${current.word}`}
        >
          {current.icon}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes.look as string}>
        <SegmentedControl
          orientation="vertical"
          fullWidth
          aria-label="Theme"
          value={colorScheme}
          onChange={setColorScheme}
          data={THEMES.map(({ value, word, icon }) => ({
            value,
            label: (
              <span className={classes.choice}>
                {icon}
                {word}
              </span>
            ),
          }))}
        />
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label="Density"
          value={density}
          onChange={(value) => chooseDensity(value as Density)}
          data={[...DENSITIES]}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
