"""A disk that is full from the n-th write on, and a folder without locks, made by a library put before the system's own."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long left = -1;  /* writes until the disk is full; -1: there is room */
static int locks = 1;
void disk_full_after(long writes) { left = writes; }
void no_locks(void) { locks = 0; }
static int full(void) { if (left < 0) return 0; if (left == 0) { errno = ENOSPC; return 1; } left--; return 0; }
#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)
static int on_disk(int fd) { struct stat s; return fd > 2 && fstat(fd, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode)); }

ssize_t write(int fd, const void *b, size_t n) { if (on_disk(fd) && full()) return -1; return REAL(write, fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { if (on_disk(fd) && full()) return -1; return REAL(pwrite, fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { if (on_disk(fd) && full()) return -1; return REAL(pwrite64, fd, b, n, o); }
ssize_t writev(int fd, const struct iovec *v, int n) { if (on_disk(fd) && full()) return -1; return REAL(writev, fd, v, n); }
int fsync(int fd) { if (full()) return -1; return REAL(fsync, fd); }
int fdatasync(int fd) { if (full()) return -1; return REAL(fdatasync, fd); }
int link(const char *a, const char *b) { if (full()) return -1; return REAL(link, a, b); }
int linkat(int x, const char *a, int y, const char *b, int f) { if (full()) return -1; return REAL(linkat, x, a, y, b, f); }
int mkdir(const char *p, mode_t m) { if (full()) return -1; return REAL(mkdir, p, m); }
#define OPENS(name) int name(const char *p, int flags, ...) { mode_t m = 0; \
  if (flags & O_CREAT) { va_list a; va_start(a, flags); m = va_arg(a, mode_t); va_end(a); if (full()) return -1; } \
  return REAL(name, p, flags, m); }
OPENS(open) OPENS(open64)
int flock(int fd, int op) { if (!locks) { errno = ENOLCK; return -1; } int (*real)(int, int) = dlsym(RTLD_NEXT, "flock"); return real(fd, op); }
#define CONTROLS(name) int name(int fd, int cmd, ...) { va_list a; va_start(a, cmd); void *x = va_arg(a, void *); va_end(a); \
  if (!locks && (cmd == F_SETLK || cmd == F_SETLKW || cmd == F_GETLK)) { errno = ENOLCK; return -1; } return REAL(name, fd, cmd, x); }
CONTROLS(fcntl) CONTROLS(fcntl64)
__attribute__((constructor)) static void begin(void) { if (getenv("NO_LOCKS")) locks = 0; }
"""


@functools.cache
def library() -> str:
    """The built library, for LD_PRELOAD; skips where it cannot be built."""
    if not shutil.which("gcc") or not Path("/proc/self/maps").exists():
        pytest.skip("no compiler, or no Linux")
    folder = Path(tempfile.mkdtemp(prefix="interposed-"))
    (folder / "a.c").write_text(SOURCE, encoding="utf-8")
    made = subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(folder / "a.so"), str(folder / "a.c"), "-ldl"], capture_output=True, text=True, check=False)  # fmt: skip
    if made.returncode:
        pytest.skip(made.stderr[-300:])
    return str(folder / "a.so")
