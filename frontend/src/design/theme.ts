/** Mantine, told of our tokens. */
import {
  type ButtonProps,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
} from "@mantine/core";

const azure: MantineColorsTuple = [
  "#eef4fd",
  "#dbe7fa",
  "#b5cdf4",
  "#8bb1ee",
  "#5f94e7",
  "#3f7cdf",
  "#2a6bd2",
  "#1a5bbf",
  "#154b9f",
  "#0f3b80",
];

/** Mantine draws its dark controls from this scale: text first, page last. */
const dark: MantineColorsTuple = [
  "#e4e7ec",
  "#c4cad4",
  "#9aa3b2",
  "#6d7685",
  "#2a2f39",
  "#242932",
  "#15181e",
  "#0e1014",
  "#0b0d10",
  "#08090b",
];

export const theme = createTheme({
  primaryColor: "azure",
  colors: { azure, dark },
  primaryShade: 7,
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  fontSizes: {
    xs: "var(--text-small)",
    sm: "var(--text-body)",
    md: "var(--text-body)",
    lg: "var(--text-lead)",
    xl: "var(--text-title)",
  },
  defaultRadius: "var(--radius)",
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    Tooltip: { defaultProps: { openDelay: 350, transitionProps: { duration: 80 }, withinPortal: true } },
    ModalRoot: { defaultProps: { transitionProps: { duration: 100 } } },
    Button: {
      defaultProps: { size: "xs" },
      vars: (_: unknown, { variant = "filled" }: ButtonProps) => ({
        root: variant === "filled" ? { "--button-color": "var(--on-accent)" } : {},
      }),
    },
  },
});

const ours = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--muted)",
  "--mantine-color-placeholder": "var(--muted)",
  "--mantine-color-error": "var(--bad)",
  "--mantine-color-anchor": "var(--accent)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--line)",
  "--mantine-color-disabled": "var(--sunken)",
  "--mantine-color-disabled-color": "var(--muted)",
  "--mantine-color-disabled-border": "var(--line)",
  "--mantine-primary-color-filled": "var(--accent)",
  "--mantine-color-azure-filled": "var(--accent)",
  "--mantine-color-azure-filled-hover": "color-mix(in srgb, var(--accent) 88%, var(--text))",
  "--mantine-primary-color-contrast": "var(--on-accent)",
};

export const variables: CSSVariablesResolver = () => ({ variables: {}, light: ours, dark: ours });
