/* SPDX-License-Identifier: MIT */
#include "fs/server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/job_tag.h"
#include "core/base/large.h"
#include "core/base/standard_fds.h"
#include "core/base/stats.h"
#include "fs/control.h"
#include "fs/dispatch.h"
#include "fs/ops.h"
#include "fs/sandbox.h"
#include "fs/stats_files.h"

enum {
	/* Each has up to 256 KiB, which count as memory beside the cache */
	MAX_REPLY_BUFFERS = 32,
	MAX_DISPATCHERS = 16,
	/* What malloc may keep for itself beside the cache. Blocks are of large_alloc(), whose room
	 * is the cache's, so that its budget is one of the process. */
	MALLOC_ARENAS = 2,
	MALLOC_MMAP_FROM = 128 << 10,
	MALLOC_TRIM_FROM = 1 << 20,
	WARM_BYTES = 8 << 20 /* what a first chunk or two are decoded with */
};

static int log_socket = -1;

static void send_line(const char *line)
{
	control_send(log_socket, CONTROL_LOG, line);
}

/* What libfuse has to say, without its newline. */
__attribute__((format(printf, 2, 0))) static void log_libfuse(
		enum fuse_log_level level, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];

	if (level > FUSE_LOG_WARNING)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	log_limited("%s", text);
}

/* What was opened first is freed last: the session outlives its requests, which are the workers',
 * and the cache its blocks. */
static void server_donep(struct server *s)
{
	dispatch_free(s->dispatch);
	if (s->tree)
		tree_set_pool(s->tree, NULL);
	if (s->pool)
		decode_pool_free(s->pool);
	ops_free_handles(s);
	reply_buffers_free(s->buffers);
	if (s->mount_gone)
		fuse_session_unmount(s->session); /* frees what was kept for this */
	if (s->session)
		fuse_session_destroy(s->session);
	tree_close(s->tree);
	if (s->cache)
		block_cache_free(s->cache);
	pthread_mutex_destroy(&s->lock);
}

static void fuse_opt_free_argsp(struct fuse_args *args)
{
	fuse_opt_free_args(args);
}

static int open_sources(struct server *s, struct err *err)
{
	const struct options *o = s->o;
	const char *pathname = "";
	size_t need;
	size_t mib;
	int r;

	large_set_room(o->cache_size + o->cache_size / TREE_GTB_SHARE);
	r = block_cache_new(o->cache_size, &s->cache);
	if (r < 0)
		return err_set(err, r, "out of memory");
	r = tree_open(o, s->cache, &s->tree, err);
	if (r < 0)
		return r;
	need = tree_cache_need(s->tree, &pathname);
	if (need <= o->cache_size)
		return 0;
	mib = (need >> 20) + ((need & ((1 << 20) - 1)) != 0);
	return err_set(err, -ENOMEM,
			"%s: its largest block does not fit in cache_size=%zuK: cache_size=%zuM "
			"at least",
			pathname, o->cache_size >> 10, mib);
}

/* The options of the mount itself, as libfuse and the kernel want them. */
static int mount_options(const struct options *o, char **out)
{
	CLEANUP(freep) char *list = NULL;
	CLEANUP(freep) char *source = NULL;
	char tag[JOB_TAG_MAX];
	char max_read[32];

	snprintf(max_read, sizeof(max_read), "max_read=%d", REPLY_MAX);
	if (fuse_opt_add_opt(&list, "ro,nosuid,nodev,noatime") < 0 ||
			fuse_opt_add_opt(&list, "default_permissions,subtype=genofs") < 0 ||
			fuse_opt_add_opt(&list, max_read) < 0 ||
			(o->allow_other && fuse_opt_add_opt(&list, "allow_other") < 0) ||
			(o->noexec && fuse_opt_add_opt(&list, "noexec") < 0))
		return -ENOMEM;
	/* In a job its ID, for whoever cleans up after it; else as fstab(5) has it. */
	if (asprintf(&source, "fsname=%s", job_tag(tag) ? tag : o->device) < 0) {
		source = NULL;
		return -ENOMEM;
	}
	if (fuse_opt_add_opt_escaped(&list, source) < 0) /* commas in the pathname */
		return -ENOMEM;

	*out = list;
	list = NULL;
	return 0;
}

static int new_session(struct server *s, struct err *err)
{
	CLEANUP(fuse_opt_free_argsp) struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	CLEANUP(freep) char *list = NULL;

	if (mount_options(s->o, &list) < 0 || fuse_opt_add_arg(&args, "genofs") < 0 ||
			fuse_opt_add_arg(&args, "-o") < 0 || fuse_opt_add_arg(&args, list) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	s->session = fuse_session_new(&args, &fs_ops, sizeof(fs_ops), s);
	return s->session ? 0 : err_set(err, -EINVAL, "libfuse refused the options %s", list);
}

static int mount_at(struct fuse_session *session, const char *mnt, struct err *err)
{
	int flags;

	if (fuse_session_mount(session, mnt) < 0)
		return err_set(err, -EPERM,
				"%s: cannot mount there: is /dev/fuse open to you, and the folder "
				"yours?",
				mnt);
	/* As those who read it want it; one that was handed over may be otherwise. */
	flags = fcntl(fuse_session_fd(session), F_GETFL);
	if (flags < 0 || fcntl(fuse_session_fd(session), F_SETFL, flags & ~O_NONBLOCK) < 0)
		return err_set(err, -errno, "/dev/fuse: %m");
	return 0;
}

/* False when the supervisor is gone. */
static bool obey(int control)
{
	struct control_msg msg;
	int r;

	while ((r = control_receive(control, &msg)) > 0)
		if (msg.what == CONTROL_STATS)
			stats_log();
		else if (msg.what == CONTROL_READY)
			large_warm(WARM_BYTES);
	return r == 0;
}

static int start_threads(struct server *s, struct err *err)
{
	unsigned n = s->o->threads;
	int r = reply_buffers_new(n < MAX_REPLY_BUFFERS ? n : MAX_REPLY_BUFFERS, &s->buffers);

	/* Ahead of each reader by the threads at most; more readers than two share that. */
	if (r == 0)
		r = decode_pool_new(n, 2 * (size_t)n, &s->pool);
	if (r == 0)
		r = dispatch_new(s->session, n < MAX_DISPATCHERS ? n : MAX_DISPATCHERS,
				&s->dispatch);
	if (r == 0) {
		tree_on_drop(s->tree, ops_forget_query, s);
		tree_set_pool(s->tree, s->pool);
	}
	return r < 0 ? err_set(err, r, "starting %u threads: %s; give fewer (threads=)", n,
				       strerror(-r))
		     : 0;
}

/* The process is as it will stay: no terminal, no folder, no pathname to be opened any more but
 * those of shared memory. Its threads begin after that, and have it from here. */
static int settle(const struct server *s, struct err *err)
{
	const struct options *o = s->o;
	int r = 0;

	if (!o->foreground) {
		setsid(); /* mounted: see go_to_background() of the supervisor */
		close_standard_fds();
	}
	tzset(); /* or the first line of the log would want to read a file */
	if (o->sandbox && tree_has_graphs(s->tree))
		r = sandbox_enter_files(o->shm, err); /* as it was given, so before chdir() */
	if (r < 0)
		return r;
	if (chdir("/") < 0) /* or the folder that we were started in could not be unmounted */
		return err_set(err, -errno, "/: %m");
	return 0;
}

/* Each table of a pangenome that is attached has a descriptor, and there may be thousands. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int run(struct server *s, const char *mnt, struct err *err)
{
	int r;

	allow_files();
	r = open_sources(s, err);
	if (r < 0)
		return r;
	r = new_session(s, err);
	if (r < 0)
		return r;
	r = mount_at(s->session, mnt, err);
	if (r < 0)
		return r;
	control_send(s->control, CONTROL_MOUNTED, "");
	r = settle(s, err);
	if (r == 0)
		r = start_threads(s, err);
	if (r == 0 && s->o->sandbox)
		r = sandbox_enter(tree_has_graphs(s->tree), err);
	if (r < 0)
		return r;
	/* Not fuse_session_loop_mt(), which cancels its threads at the end: that loads a library,
	 * which the sandbox forbids. */
	if (dispatch_run(s->dispatch, s->control, obey) < 0) {
		log_line("the server ends: /dev/fuse or the supervisor is gone");
		_exit(EXIT_FAILURE); /* with its threads */
	}
	s->mount_gone = true;
	return 0;
}

int server_run(const struct options *o, const char *mnt, int control)
{
	CLEANUP(server_donep) struct server s = { .o = o, .control = control };
	struct err err = { 0 };

	pthread_mutex_init(&s.lock, NULL);
	mallopt(M_ARENA_MAX, MALLOC_ARENAS);
	mallopt(M_MMAP_THRESHOLD, MALLOC_MMAP_FROM);
	mallopt(M_TRIM_THRESHOLD, MALLOC_TRIM_FROM);
	stat_set(STAT_START_TIME, (uint64_t)time(NULL));
	log_socket = control;
	log_set_sink(send_line);
	fuse_set_log_func(log_libfuse);
	if (run(&s, mnt, &err) == 0)
		return EXIT_SUCCESS;
	log_line("%s", err.msg);
	return EXIT_FAILURE;
}
