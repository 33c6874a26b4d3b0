/* Loaded before the C library (LD_PRELOAD), this stands between a process and its disk.

   It counts the calls that change files under one folder. Armed, it makes the n-th of them go
   wrong; recording, it writes all of them down, in order, with what they wrote. Calls on other
   files pass through untouched. What is mapped into memory (SQLite's -shm) is not seen; SQLite
   makes that anew after a crash. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Kinds of faults; `tests.faults.library.Fault` names the same. */
enum {
    NONE,
    KILL,  /* killed before the call */
    AFTER, /* killed after it */
    TORN,  /* killed after half of the buffer was written */
    FULL,  /* ENOSPC, once */
    BROKEN, /* EIO, once */
    SHORT, /* half of the buffer is written, and the call says so */
    FULLER, /* half of the buffer is written; from then on all is ENOSPC until disarmed */
    DYING, /* half of the buffer is written; from then on all is EIO until disarmed */
};

/* Calls, as they are recorded. */
enum { WRITE = 1, TRUNCATE, SYNC, RENAME, UNLINK, CREATE, MARK, LINK };

static int kind = NONE;
static long at = 0;
static long count = 0;
static int failing = 0;
static int trace = -1;
static char folder[PATH_MAX];
static size_t folder_length = 0;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct record {
    int32_t call, name;
    int64_t offset, size;
};

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__) = NULL; \
    if (!real) \
        *(void **)&real = dlsym(RTLD_NEXT, name)

static ssize_t plain_write(int fd, const void *from, size_t size)
{
    REAL("write", ssize_t, int, const void *, size_t);
    return real(fd, from, size);
}

static void all(int fd, const void *from, size_t size)
{
    while (size > 0) {
        ssize_t done = plain_write(fd, from, size);
        if (done <= 0)
            return;
        from = (const char *)from + done;
        size -= (size_t)done;
    }
}

void faults_arm(const char *under, int what, long call)
{
    strncpy(folder, under, sizeof folder - 1);
    folder_length = strlen(folder);
    kind = what;
    at = call;
    count = 0;
    failing = 0;
}

void faults_disarm(void)
{
    kind = NONE;
    failing = 0;
}

long faults_count(void) { return count; }

void faults_record(const char *under, int fd)
{
    strncpy(folder, under, sizeof folder - 1);
    folder_length = strlen(folder);
    trace = fd;
    count = 0;
}

static int ours(const char *path)
{
    return folder_length && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* The path of an open file, empty where it is none of ours. */
static const char *named(int fd, char *path)
{
    char link[40];
    ssize_t length;
    path[0] = 0;
    if (!folder_length || fd == trace)
        return path;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    if (!ours(path))
        path[0] = 0;
    return path;
}

static void noted(int call, const char *path, int64_t offset, const void *data, size_t size)
{
    struct record record = {call, (int32_t)strlen(path), offset, (int64_t)size};
    if (trace < 0)
        return;
    all(trace, &record, sizeof record);
    all(trace, path, strlen(path));
    all(trace, data, size);
}

void faults_mark(const char *text)
{
    pthread_mutex_lock(&lock);
    noted(MARK, "", 0, text, strlen(text));
    pthread_mutex_unlock(&lock);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* What is to happen to this call: a kind, or NONE. */
static int turn(void)
{
    int found = NONE;
    pthread_mutex_lock(&lock);
    count++;
    if (failing)
        found = kind == FULLER ? FULL : BROKEN;
    else if (kind != NONE && count == at) {
        found = kind;
        if (kind == FULLER || kind == DYING)
            failing = 1;
    }
    pthread_mutex_unlock(&lock);
    if (found == KILL)
        die();
    return found;
}

static ssize_t at_place(int fd, const void *from, size_t size, off_t place)
{
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    return real(fd, from, size, place);
}

/* A write, at `place` or where the file stands (-1). */
static ssize_t put(int fd, const void *from, size_t size, off_t place)
{
    char path[PATH_MAX];
    ssize_t done;
    off_t offset = place;
    size_t most = size;
    int what;
    if (!*named(fd, path))
        return place < 0 ? plain_write(fd, from, size) : at_place(fd, from, size, place);
    what = turn();
    if (what == FULL || what == BROKEN) {
        errno = what == FULL ? ENOSPC : EIO;
        return -1;
    }
    if (what == TORN || what == SHORT || what == FULLER || what == DYING)
        most = size / 2;
    pthread_mutex_lock(&lock);
    if (trace >= 0 && place < 0)
        offset = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    if (most == 0 && size > 0 && what != TORN) {
        errno = what == DYING ? EIO : ENOSPC;
        done = -1;
    } else
        done = place < 0 ? plain_write(fd, from, most) : at_place(fd, from, most, place);
    if (done > 0)
        noted(WRITE, path, offset, from, (size_t)done);
    pthread_mutex_unlock(&lock);
    if (what == TORN || what == AFTER)
        die();
    return done;
}

ssize_t write(int fd, const void *from, size_t size) { return put(fd, from, size, -1); }

ssize_t pwrite(int fd, const void *from, size_t size, off_t place)
{
    return put(fd, from, size, place);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t place)
{
    return put(fd, from, size, place);
}

/* Other calls that change something: whether this one fails; it has set errno then. */
static int fails(int what)
{
    if (what == FULL || what == FULLER) {
        errno = ENOSPC;
        return 1;
    }
    if (what == BROKEN || what == DYING) {
        errno = EIO;
        return 1;
    }
    return 0;
}

static void over(int what)
{
    if (what == AFTER || what == TORN)
        die();
}

static int cut(int fd, off_t size)
{
    char path[PATH_MAX];
    int what, done;
    REAL("ftruncate", int, int, off_t);
    if (!*named(fd, path))
        return real(fd, size);
    what = turn();
    if (fails(what))
        return -1;
    done = real(fd, size);
    if (!done)
        noted(TRUNCATE, path, size, "", 0);
    over(what);
    return done;
}

int ftruncate(int fd, off_t size) { return cut(fd, size); }

int ftruncate64(int fd, off64_t size) { return cut(fd, size); }

static int synced(int fd, int (*real)(int))
{
    char path[PATH_MAX];
    int what, done;
    if (!*named(fd, path))
        return real(fd);
    what = turn();
    if (fails(what))
        return -1;
    /* Nobody pulls the plug: whether the disk is waited for makes no difference here. */
    done = 0;
    noted(SYNC, path, 0, "", 0);
    over(what);
    return done;
}

int fsync(int fd)
{
    REAL("fsync", int, int);
    return synced(fd, real);
}

int fdatasync(int fd)
{
    REAL("fdatasync", int, int);
    return synced(fd, real);
}

int rename(const char *from, const char *to)
{
    int what, done;
    REAL("rename", int, const char *, const char *);
    if (!ours(to))
        return real(from, to);
    what = turn();
    if (fails(what))
        return -1;
    done = real(from, to);
    if (!done)
        noted(RENAME, to, 0, from, strlen(from));
    over(what);
    return done;
}

int unlink(const char *path)
{
    int what, done;
    REAL("unlink", int, const char *);
    if (!ours(path))
        return real(path);
    what = turn();
    if (fails(what))
        return -1;
    done = real(path);
    if (!done)
        noted(UNLINK, path, 0, "", 0);
    over(what);
    return done;
}

/* Opening counts where it makes or empties a file. */
static int opened(const char *path, int flags, mode_t mode)
{
    int what, fd, there;
    struct stat stat_;
    REAL("open", int, const char *, int, ...);
    if (!(flags & (O_CREAT | O_TRUNC)) || (flags & __O_TMPFILE) == __O_TMPFILE || !ours(path))
        return real(path, flags, mode);
    there = stat(path, &stat_) == 0;
    if (there && !(flags & O_TRUNC))
        return real(path, flags, mode);
    what = turn();
    if (fails(what))
        return -1;
    fd = real(path, flags, mode);
    if (fd >= 0)
        noted(there ? TRUNCATE : CREATE, path, 0, "", 0);
    over(what);
    return fd;
}

#define MODE(last) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, last); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags)
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags)
    return opened(path, flags, mode);
}
