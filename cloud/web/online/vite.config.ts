import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// In development the binary serves the API and Vite the pages: HUYUN_API says where it is.
export default defineConfig({
  plugins: [vue()],
  server: { proxy: { "/api": { target: process.env.HUYUN_API ?? "http://127.0.0.1:8445", changeOrigin: false } } },
  build: { target: "es2020", emptyOutDir: true }, // telephones of some years ago too
});
