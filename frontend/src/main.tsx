import { MantineProvider } from "@mantine/core";
import "@mantine/core/styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { makeCache } from "./api/cache";
import "./design/base.css";
import { theme, variables } from "./design/theme";
import "./design/tokens.css";
import { LiveProvider } from "./live/LiveProvider";
import { makeRouter } from "./router";
import { KeysProvider } from "./shell/keys";
import { themeKeeper } from "./shell/theme";

const cache = makeCache();
const router = makeRouter();
const keeper = themeKeeper();

const place = document.getElementById("root");
if (!place) throw new Error("index.html lacks #root");
createRoot(place).render(
  <StrictMode>
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
  </StrictMode>,
);
