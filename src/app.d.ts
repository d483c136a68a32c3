/// <reference types="vite-plugin-pwa/client" />
declare global {
  namespace App {
    interface PageState {
      readonly jobId?: string;
    }
  }

  /** What only workers have; the pages' type check sees the files that use it through the client's types. */
  interface FileSystemSyncAccessHandle {
    read(buffer: AllowSharedBufferSource, options?: { at?: number }): number;
    write(buffer: AllowSharedBufferSource, options?: { at?: number }): number;
    truncate(newSize: number): void;
    getSize(): number;
    flush(): void;
    close(): void;
  }
  interface FileSystemFileHandle {
    createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
  }
}

export {};
