/* SPDX-License-Identifier: MIT */
/*
 * copyfs FILE MNT THREADS READAHEAD: mount a folder with one file, MNT/file, whose bytes are those
 * of FILE, held in memory. What the mount of a store is measured against: nothing is decoded, the
 * kernel copies each answer straight from those bytes, and all that the kernel is told is as the
 * server tells it (fs/ops.c, fs/ops_file.c, fs/server.c). READAHEAD is in KiB, 0 the kernel's own;
 * raising it needs root. Ready on return, when the server's process is printed; ended by
 * unmounting.
 */
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	INO_FILE = FUSE_ROOT_ID + 1,
	REQUEST_MAX = 256 << 10,
	MAX_BACKGROUND = 64,
	CONGESTION_THRESHOLD = 48,
	BLOCK_SIZE = 128 << 10
};

static const double for_ever = 86400.0 * 365;
static char *content;
static size_t content_size;
static struct fuse_session *session; /* of the process for good */

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->want &= ~(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
			FUSE_CAP_SPLICE_MOVE);
	conn->want |= (FUSE_CAP_EXPLICIT_INVAL_DATA | FUSE_CAP_ASYNC_READ |
				      FUSE_CAP_PARALLEL_DIROPS) &
		      conn->capable;
	conn->max_read = REQUEST_MAX;
	conn->max_background = MAX_BACKGROUND;
	conn->congestion_threshold = CONGESTION_THRESHOLD;
}

static struct stat attributes(fuse_ino_t ino)
{
	bool is_file = ino == INO_FILE;

	return (struct stat){
		.st_ino = ino,
		.st_mode = is_file ? S_IFREG | 0400 : S_IFDIR | 0500,
		.st_nlink = is_file ? 1 : 2,
		.st_size = is_file ? (off_t)content_size : 0,
		.st_blksize = BLOCK_SIZE,
		.st_uid = getuid(),
		.st_gid = getgid(),
	};
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { .entry_timeout = for_ever, .attr_timeout = for_ever };

	(void)parent;
	if (strcmp(name, "file") == 0) {
		e.ino = INO_FILE;
		e.attr = attributes(INO_FILE);
	}
	fuse_reply_entry(req, &e);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st = attributes(ino);

	(void)fi;
	fuse_reply_attr(req, &st, for_ever);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->keep_cache = 1;
	fi->noflush = 1;
	fuse_reply_open(req, fi);
}

static void op_read(
		fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	size_t left = (size_t)off < content_size ? content_size - (size_t)off : 0;

	(void)ino;
	(void)fi;
	fuse_reply_buf(req, content + off, size < left ? size : left);
}

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.open = op_open,
	.read = op_read,
};

/* Into memory of our own, every page of it there before the first request comes. */
static int load(const char *pathname)
{
	int fd = open(pathname, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size == 0)
		return -1;
	content_size = (size_t)st.st_size;
	content = mmap(NULL, content_size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (content == MAP_FAILED)
		return -1;
	for (size_t at = 0; at < content_size;) {
		ssize_t n = read(fd, content + at, content_size - at);

		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return close(fd);
}

/* statvfs(3) returns when the first request, INIT, was answered; that lowers what is set before. */
static int wait_until_ready(const char *mnt, unsigned readahead)
{
	char pathname[64];
	struct statvfs fs;
	struct stat st;
	FILE *f;

	if (statvfs(mnt, &fs) < 0 || lstat(mnt, &st) < 0)
		return -1;
	if (readahead == 0)
		return 0;
	snprintf(pathname, sizeof(pathname), "/sys/class/bdi/%u:%u/read_ahead_kb", major(st.st_dev),
			minor(st.st_dev));
	f = fopen(pathname, "we");
	if (!f)
		return -1;
	fprintf(f, "%u\n", readahead);
	return fclose(f);
}

static int serve(unsigned threads)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int r;

	for (int i = 0; i < 3; i++)
		dup2(null, i);
	close(null);
	fuse_loop_cfg_set_max_threads(config, threads);
	r = fuse_session_loop_mt(session, config);
	fuse_loop_cfg_destroy(config);
	return r == 0 ? 0 : 1;
}

static struct fuse_session *new_session(void)
{
	char name[] = "copyfs";
	char flag[] = "-o";
	char options[] = "ro,nosuid,nodev,noatime,default_permissions,subtype=copyfs,fsname=copyfs,"
			 "max_read=262144"; /* REQUEST_MAX */
	char *argv[] = { name, flag, options };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct fuse_session *made = fuse_session_new(&args, &ops, sizeof(ops), NULL);

	fuse_opt_free_args(&args);
	return made;
}

int main(int argc, char **argv)
{
	unsigned threads;
	pid_t pid;

	if (argc != 5) {
		fputs("usage: copyfs FILE MNT THREADS READAHEAD\n", stderr);
		return 2;
	}
	threads = (unsigned)strtoul(argv[3], NULL, 10);
	if (load(argv[1]) < 0) {
		perror(argv[1]);
		return 1;
	}
	session = new_session();
	if (!session || fuse_session_mount(session, argv[2]) < 0)
		return 1;
	pid = fork();
	if (pid == 0)
		return serve(threads);
	/* Or the wait below would never end, should the child die. */
	close(fuse_session_fd(session));
	if (pid < 0 || wait_until_ready(argv[2], (unsigned)strtoul(argv[4], NULL, 10)) < 0) {
		perror(argv[2]);
		return 1;
	}
	printf("%ld\n", (long)pid);
	return 0;
}
