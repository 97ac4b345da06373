/* SPDX-License-Identifier: MIT */
#include "fs/ops.h"

#include <errno.h>

#include "fs/control.h"

enum {
	/* With the kernel's default of 12, wide readahead in small requests nearly stands still. */
	MAX_BACKGROUND = 64,
	CONGESTION_THRESHOLD = 48
};

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct server *s = userdata;
	/* Pages stay valid whatever times and sizes say; replies come from memory, never a pipe. */
	const unsigned unwanted = FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ |
				  FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE;
	const unsigned wanted = FUSE_CAP_EXPLICIT_INVAL_DATA | FUSE_CAP_ASYNC_READ |
				FUSE_CAP_PARALLEL_DIROPS;

	s->no_opendir = conn->capable & FUSE_CAP_NO_OPENDIR_SUPPORT;
	conn->want &= ~unwanted;
	conn->want |= wanted & conn->capable;
	conn->max_read = REPLY_MAX; /* as in the mount options, or libfuse gives up */
	conn->max_background = MAX_BACKGROUND;
	conn->congestion_threshold = CONGESTION_THRESHOLD;
	control_send(s->control, CONTROL_INIT, "");
}

/* What would write. The kernel refuses most of it by itself on a mount that is read-only, but a
 * mount that was handed over need not be. */
static void refuse_name(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent;
	(void)name;
	fuse_reply_err(req, EROFS);
}

static void refuse_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)mode;
	refuse_name(req, parent, name);
}

static void refuse_mknod(
		fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)mode;
	(void)rdev;
	refuse_name(req, parent, name);
}

static void refuse_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		struct fuse_file_info *fi)
{
	(void)mode;
	(void)fi;
	refuse_name(req, parent, name);
}

static void refuse_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name)
{
	(void)link;
	refuse_name(req, parent, name);
}

static void refuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino;
	refuse_name(req, parent, name);
}

static void refuse_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		fuse_ino_t new_parent, const char *new_name, unsigned flags)
{
	(void)new_parent;
	(void)new_name;
	(void)flags;
	refuse_name(req, parent, name);
}

static void refuse_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	(void)ino;
	(void)attr;
	(void)to_set;
	(void)fi;
	fuse_reply_err(req, EROFS);
}

/*
 * No handlers for extended attributes, access and seeking: the kernel takes the first ENOSYS for
 * an answer for ever, where a handler would cost a round trip each time. None for forget: inode
 * numbers are computed.
 */
const struct fuse_lowlevel_ops fs_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.readlink = op_readlink,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.statfs = op_statfs,
	.open = op_open,
	.read = op_read,
	.release = op_release,
	.setattr = refuse_setattr,
	.mknod = refuse_mknod,
	.mkdir = refuse_mkdir,
	.create = refuse_create,
	.unlink = refuse_name,
	.rmdir = refuse_name,
	.symlink = refuse_symlink,
	.link = refuse_link,
	.rename = refuse_rename,
};
