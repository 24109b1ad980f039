/** Everything that surrounds the places: theme, cache, live connection, keys. */
import { MantineProvider } from "@mantine/core";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { theme, variables } from "./design/theme";
import { LiveProvider } from "./live/LiveProvider";
import type { makeRouter } from "./router";
import { KeysProvider } from "./shell/keys";
import { themeKeeper } from "./shell/theme";

interface AppProps {
  cache: QueryClient;
  router: ReturnType<typeof makeRouter>;
}

export function App({ cache, router }: AppProps) {
  const [keeper] = useState(themeKeeper);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={keeper}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={cache}>
        <LiveProvider cache={cache}>
          <KeysProvider>
            <RouterProvider router={router} />
          </KeysProvider>
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
