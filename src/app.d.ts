/// <reference types="vite-plugin-pwa/client" />
declare global {
  namespace App {
    interface PageState {
      readonly jobId?: string;
    }
  }
}

export {};
