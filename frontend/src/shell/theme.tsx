/** Theme and density: the person's choice, remembered in the browser; the system's theme by default. */
import {
  ActionIcon,
  type MantineColorScheme,
  type MantineColorSchemeManager,
  Menu,
  useMantineColorScheme,
} from "@mantine/core";
import { useState } from "react";
import { MoonIcon, OkIcon, SunIcon, SystemThemeIcon } from "@/design/icons";

const THEME = "control-center.theme";
const DENSITY = "control-center.density";

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still shows what was chosen, until it is closed.
  }
}

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

const THEMES = [
  { value: "auto", label: "As the system", icon: <SystemThemeIcon /> },
  { value: "light", label: "Light", icon: <SunIcon /> },
  { value: "dark", label: "Dark", icon: <MoonIcon /> },
] as const;

const DENSITIES = ["comfortable", "compact"] as const;

export function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [density, setDensity] = useState(() => document.documentElement.dataset.density ?? "comfortable");
  const choose = (value: (typeof DENSITIES)[number]) => {
    document.documentElement.dataset.density = value;
    remember(DENSITY, value);
    setDensity(value);
  };
  const current = THEMES.find((one) => one.value === colorScheme) ?? THEMES[0];
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--text)"
          size={34}
          aria-label={`Theme: ${current.label}`}
        >
          {current.icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown aria-label="Theme and density">
        <Menu.Label>Theme</Menu.Label>
        {THEMES.map(({ value, label, icon }) => (
          <Menu.Item
            key={value}
            leftSection={icon}
            rightSection={value === colorScheme && <OkIcon size={16} />}
            onClick={() => setColorScheme(value)}
          >
            {label}
            {value === colorScheme && <span className="unseen"> (chosen)</span>}
          </Menu.Item>
        ))}
        <Menu.Label>Density</Menu.Label>
        {DENSITIES.map((value) => (
          <Menu.Item
            key={value}
            rightSection={value === density && <OkIcon size={16} />}
            onClick={() => choose(value)}
          >
            {value === "compact" ? "Compact" : "Comfortable"}
            {value === density && <span className="unseen"> (chosen)</span>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
