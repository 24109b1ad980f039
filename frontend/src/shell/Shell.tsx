/** What surrounds every place: rail, top bar, bars that say what is wrong, and the keys that work everywhere. */
import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ServiceView } from "@/api/types";
import { FaultBanner } from "@/features/definitions/FaultBanner";
import { CommandsProvider } from "@/features/supervisor/commands";
import { lazyPart, part } from "@/parts";
import { ConnectionBar } from "./ConnectionBar";
import { KeyHelp } from "./KeyHelp";
import { type Binding, PALETTE } from "./keyboard";
import { useBindings, useKeys } from "./keys";
import { PLACES } from "./places";
import { Rail } from "./Rail";
import classes from "./Shell.module.css";
import { Telling } from "./Telling";
import { TopBar } from "./TopBar";

const loadPalette = () => import("./palette/Palette");
const Palette = lazyPart(loadPalette);

export function Shell() {
  const [help, setHelp] = useState<Binding[] | null>(null);
  const bindings = useBindings();
  const [finding, setFinding] = useState(false);
  const showHelp = () => setHelp(bindings());
  const find = () => setFinding(true);
  usePlaceKeys(showHelp, find);
  useLoadedLater();
  return (
    <CommandsProvider>
      <div className={classes.shell}>
        <WindowTitle />
        <a href="#main" className={classes.skip}>
          Skip to the content
        </a>
        <Rail />
        <div className={classes.column}>
          <TopBar onHelp={showHelp} onFind={find} />
          <ConnectionBar />
          <FaultBanner />
          <main id="main" className={classes.main} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
        <KeyHelp bindings={help} onClose={() => setHelp(null)} />
        {finding && (
          <Suspense fallback={<div role="dialog" aria-label="Commands" aria-busy="true" />}>
            <Palette close={() => setFinding(false)} showKeys={showHelp} />
          </Suspense>
        )}
        <Telling />
      </div>
    </CommandsProvider>
  );
}

/** Once the page stands still, so that the palette is there by the time that its key is pressed; what fails is told then. */
function useLoadedLater(): void {
  useEffect(() => {
    const timer = setTimeout(() => part(loadPalette).catch(() => undefined), LATER);
    return () => clearTimeout(timer);
  }, []);
}

const LATER = 1_500;

function usePlaceKeys(showHelp: () => void, find: () => void): void {
  const navigate = useNavigate();
  useKeys([
    ...PLACES.map(({ to, word, letter }) => ({
      keys: `g ${letter}`,
      does: `Go to ${word}`,
      run: () => void navigate({ to }),
    })),
    {
      keys: "g c",
      does: "Go to Configuration",
      run: () => void navigate({ to: "/diagnostics/configuration" }),
    },
    { keys: PALETTE, does: "Find anything and do it", run: find },
    { keys: "?", does: "Show the keys", run: showHelp },
  ]);
}

/** A window in the background says in its title that something failed. */
function WindowTitle() {
  const failed = useQuery({ ...servicesQuery, select: countFailed }).data ?? 0;
  useEffect(() => {
    document.title = failed > 0 ? `(${failed} failed) Control Center` : "Control Center";
  }, [failed]);
  return null;
}

const countFailed = ({ services }: { services: ServiceView[] }) =>
  services.filter((service) => service.status === "failed").length;
