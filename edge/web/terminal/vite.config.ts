import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// In development the edge serves the API and Vite the pages.
const api = process.env.HUYUN_API ?? "http://127.0.0.1:8090";

export default defineConfig({
  base: "/terminal/",
  plugins: [vue()],
  server: { proxy: { "/terminal/v1": api, "/readyz": api } },
  build: { target: "es2022", emptyOutDir: true },
});
