import "@mantine/core/styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { makeCache } from "./api/cache";
import "./design/base.css";
import "./design/tokens.css";
import { makeRouter } from "./router";

const place = document.getElementById("root");
if (!place) throw new Error("index.html lacks #root");
createRoot(place).render(
  <StrictMode>
    <App cache={makeCache()} router={makeRouter()} />
  </StrictMode>,
);
