/** The few icons of the dashboard, drawn on a 20 px grid. Each goes beside a word or inside a control with a name. */
import type { ReactNode } from "react";

function icon(children: ReactNode) {
  return function Icon({ size = 18 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {children}
      </svg>
    );
  };
}

export const OverviewIcon = icon(
  <>
    <rect x="3" y="3" width="6" height="8" rx="1.3" />
    <rect x="11" y="3" width="6" height="4.5" rx="1.3" />
    <rect x="3" y="13.5" width="6" height="3.5" rx="1.3" />
    <rect x="11" y="10" width="6" height="7" rx="1.3" />
  </>,
);
export const ServicesIcon = icon(
  <>
    <rect x="3" y="3.5" width="14" height="5.5" rx="1.5" />
    <rect x="3" y="11" width="14" height="5.5" rx="1.5" />
    <path d="M6 6.25h.01M6 13.75h.01M9.5 6.25H14M9.5 13.75H14" />
  </>,
);
export const SystemIcon = icon(
  <>
    <path d="M3 16.5h14" />
    <path d="M3 12.5l3.2-4 3 2.6L13 5l4 4.5" />
  </>,
);
export const DiagnosticsIcon = icon(
  <>
    <path d="M6 3H4.5v5a3.5 3.5 0 0 0 7 0V3H10" />
    <path d="M8 11.5V13a4 4 0 0 0 8 0v-1.5" />
    <circle cx="16" cy="9.5" r="1.8" />
  </>,
);
export const ModulesIcon = icon(
  <>
    <path d="M10 2.8 16.5 6.4v7.2L10 17.2l-6.5-3.6V6.4z" />
    <path d="M3.7 6.5 10 10l6.3-3.5M10 10v7" />
  </>,
);
export const RunsIcon = icon(
  <>
    <path d="M3.5 4.5h7M3.5 10h4.5M3.5 15.5h4.5" />
    <path d="M11.5 8.5v7l5.5-3.5z" />
  </>,
);
export const EventsIcon = icon(
  <>
    <path d="M5 3v14" />
    <circle cx="5" cy="5.5" r="1.6" fill="currentColor" />
    <circle cx="5" cy="13" r="1.6" fill="currentColor" />
    <path d="M9 5.5h8M9 9h5M9 13h8M9 16.5h4" />
  </>,
);
export const BellIcon = icon(
  <>
    <path d="M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.5 1.8H4z" />
    <path d="M8.5 17.2a1.7 1.7 0 0 0 3 0M10 4.5V3" />
  </>,
);
export const InfoIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 9.5v4M10 6.6h.01" />
  </>,
);
export const UsageIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M12.3 7.6c-.4-.9-1.3-1.3-2.3-1.3-1.3 0-2.3.7-2.3 1.8 0 2.6 4.7 1.2 4.7 3.8 0 1.1-1 1.8-2.4 1.8-1.1 0-2-.4-2.4-1.3M10 4.9v1.4M10 13.7v1.4" />
  </>,
);
export const KnowledgeIcon = icon(
  <>
    <path d="M10 5.2C8.4 4 6.2 3.5 3.5 3.5v11.3c2.7 0 4.9.5 6.5 1.7 1.6-1.2 3.8-1.7 6.5-1.7V3.5c-2.7 0-4.9.5-6.5 1.7z" />
    <path d="M10 5.2v11.3" />
  </>,
);
export const AgentsIcon = icon(
  <>
    <circle cx="10" cy="4.8" r="2" />
    <circle cx="4.5" cy="15.2" r="2" />
    <circle cx="10" cy="15.2" r="2" />
    <circle cx="15.5" cy="15.2" r="2" />
    <path d="M10 6.8v6.400M4.5 13.2V10h11v3.2" />
  </>,
);
export const MoreIcon = icon(<path d="M4.5 10h.01M10 10h.01M15.5 10h.01" strokeWidth="2.8" />);
export const SchedulesIcon = icon(
  <>
    <rect x="3" y="4.5" width="14" height="12.5" rx="1.8" />
    <path d="M3 8.5h14M6.8 2.8v3M13.2 2.8v3M10 11v2.2l1.6 1" />
  </>,
);
export const BackIcon = icon(<path d="M12 5 7 10l5 5" />);
export const ForthIcon = icon(<path d="M8 5l5 5-5 5" />);
export const PauseIcon = icon(<path d="M7 5v10M13 5v10" />);
export const StartIcon = icon(<path d="M6.5 4.2v11.6L15.5 10z" fill="currentColor" />);
export const StopIcon = icon(<rect x="5" y="5" width="10" height="10" rx="1.5" fill="currentColor" />);
export const RestartIcon = icon(
  <>
    <path d="M15.8 8A6.2 6.2 0 1 0 16 11.6" />
    <path d="M16.2 3.8V8H12" />
  </>,
);
export const SearchIcon = icon(
  <>
    <circle cx="9" cy="9" r="5" />
    <path d="M12.8 12.8 16.5 16.5" />
  </>,
);
export const SunIcon = icon(
  <>
    <circle cx="10" cy="10" r="3.3" />
    <path d="M10 2.5v1.6M10 15.9v1.6M2.5 10h1.6M15.9 10h1.6M4.7 4.7l1.1 1.1M14.2 14.2l1.1 1.1M4.7 15.3l1.1-1.1M14.2 5.8l1.1-1.1" />
  </>,
);
export const MoonIcon = icon(<path d="M16.3 12.1A6.8 6.8 0 0 1 7.9 3.7a6.8 6.8 0 1 0 8.4 8.4z" />);
export const SystemThemeIcon = icon(
  <>
    <rect x="2.8" y="4" width="14.4" height="9.5" rx="1.5" />
    <path d="M7.5 16.5h5" />
  </>,
);
export const KeyboardIcon = icon(
  <>
    <rect x="2.5" y="5" width="15" height="10" rx="1.8" />
    <path d="M5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M6.5 12h7" />
  </>,
);
export const CardsIcon = icon(
  <>
    <rect x="3" y="3" width="6" height="6" rx="1.2" />
    <rect x="11" y="3" width="6" height="6" rx="1.2" />
    <rect x="3" y="11" width="6" height="6" rx="1.2" />
    <rect x="11" y="11" width="6" height="6" rx="1.2" />
  </>,
);
export const ListIcon = icon(<path d="M3.5 5.5h13M3.5 10h13M3.5 14.5h13" />);
export const GraphIcon = icon(
  <>
    <rect x="2.5" y="3" width="5" height="4.5" rx="1" />
    <rect x="2.5" y="12.5" width="5" height="4.5" rx="1" />
    <rect x="12.5" y="7.8" width="5" height="4.5" rx="1" />
    <path d="M7.5 5.2c3 0 2 4.8 5 4.8M7.5 14.8c3 0 2-4.8 5-4.8" />
  </>,
);
export const AddIcon = icon(<path d="M10 4v12M4 10h12" />);
export const OpenIcon = icon(
  <>
    <path d="M11 4h5v5M16 4l-7 7" />
    <path d="M14 12v3.2c0 .4-.4.8-.8.8H4.8a.8.8 0 0 1-.8-.8V6.8c0-.4.4-.8.8-.8H8" />
  </>,
);
export const CloseIcon = icon(<path d="M5.5 5.5l9 9M14.5 5.5l-9 9" />);
export const UpIcon = icon(<path d="M5 12.2 10 7.2l5 5" />);
export const DownIcon = icon(<path d="M5 7.8l5 5 5-5" />);
export const ToEndIcon = icon(<path d="M10 3.5v9M6 8.8l4 4 4-4M4.5 16.5h11" />);
export const DownloadIcon = icon(
  <path d="M10 3.5v8.5M6.2 8.6 10 12.3l3.8-3.7M4 13.5v2.2c0 .5.4.8.8.8h10.4c.5 0 .8-.3.8-.8v-2.2" />,
);
export const CopyIcon = icon(
  <>
    <rect x="7" y="7" width="9.5" height="9.5" rx="1.5" />
    <path d="M13 4.2H5c-.6 0-1 .4-1 1v8" />
  </>,
);
export const WrapIcon = icon(<path d="M3.5 5h13M3.5 10h10a2.5 2.5 0 0 1 0 5H10m0 0 2-2m-2 2 2 2M3.5 15h3" />);
export const ClockIcon = icon(
  <>
    <circle cx="10" cy="10" r="6.8" />
    <path d="M10 6v4.2l2.8 1.7" />
  </>,
);
export const WarningIcon = icon(<path d="M10 3.4 2.9 15.8h14.2zM10 8.2v3.6M10 13.9h.01" />);
export const ErrorIcon = icon(
  <>
    <path d="M6.7 3h6.6L17 6.7v6.6L13.3 17H6.7L3 13.3V6.7z" />
    <path d="M10 6.4v4.4M10 13.4h.01" />
  </>,
);
export const OkIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M6.8 10.2 9 12.4l4.3-4.6" />
  </>,
);
export const LinkLostIcon = icon(
  <path d="M8.2 11.8 6 14a2.8 2.8 0 0 1-4-4l2.2-2.2M11.8 8.2 14 6a2.8 2.8 0 0 1 4 4l-2.2 2.2M3.5 3.5l13 13" />,
);
