/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/base/deadline.h"
#include "core/base/large.h"
#include "core/shm/shm_lease.h"

const char *const shm_phase_names[N_SHM_PHASES] = {
	[SHM_WAIT] = "wait",
	[SHM_CHECK] = "check",
	[SHM_ALLOCATE] = "allocate",
	[SHM_FILL] = "fill",
	[SHM_VERIFY] = "verify",
	[SHM_SEAL] = "seal",
	[SHM_PUBLISH] = "publish",
	[SHM_PUBLISHED] = "published",
};

/* One object under way. */
struct making {
	const struct shm_wanted *wanted;
	const struct shm_maker *maker;
	const struct shm_machine *machine;
	const char *folder_name;
	uint64_t size; /* of the payload */
	int folder;    /* owned */
	int lock;      /* on the name; owned */
	int fd;        /* the file without a name, to be written; owned */
	int lease;     /* the same, read-only, with a lease; owned */
	uint8_t *map;  /* of header.total bytes; owned */
	struct shm_header header;
	char lock_file[SHM_FILE_MAX];
	char file[SHM_FILE_MAX];
};

static void making_done(struct making *m)
{
	if (m->map)
		munmap(m->map, m->header.total);
	closep(&m->fd);
	if (m->lock >= 0)
		shm_name_unlock(m->folder, m->lock_file, m->lock);
	closep(&m->lease);
	closep(&m->folder);
}

static void tell(const struct making *m, enum shm_phase phase)
{
	if (m->maker->phase)
		m->maker->phase(phase, m->maker->arg);
}

static void tell_wait(void *arg)
{
	tell(arg, SHM_WAIT);
}

static int open_unnamed(struct making *m, struct err *err)
{
	m->fd = openat(m->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (m->fd >= 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
		return err_set(err, -ENOTSUP,
				"%s: its file system has no files without a name (O_TMPFILE); use "
				"a "
				"folder on tmpfs, ext4 or xfs",
				m->folder_name);
	return err_set(err, -errno, "%s: cannot write there: %m", m->folder_name);
}

static int set_size(struct making *m, uint64_t size, struct err *err)
{
	uint64_t total;

	if (__builtin_add_overflow(size, SHM_HEADER_LEN, &total) || total > INT64_MAX)
		return err_set(err, -EFBIG, "%s: no file can have %llu bytes", m->wanted->name,
				(unsigned long long)size);
	m->size = size;
	m->header.total = total;
	m->header.payload_size = size;
	return 0;
}

static int allocate(struct making *m, struct err *err)
{
	uint64_t size = m->maker->size;
	int r = 0;

	if (m->maker->prepare)
		r = m->maker->prepare(&size, m->maker->arg, err);
	if (r == 0)
		r = set_size(m, size, err);
	if (r < 0)
		return r;
	tell(m, SHM_CHECK);
	r = shm_room_check(m->folder, m->folder_name, m->header.total, m->machine, err);
	if (r < 0)
		return r;
	tell(m, SHM_ALLOCATE);
	r = open_unnamed(m, err);
	if (r == 0)
		r = shm_room_take(
				m->fd, m->header.total, m->folder, m->folder_name, m->machine, err);
	if (r < 0)
		return r;
	m->map = mmap(NULL, m->header.total, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (m->map == MAP_FAILED) {
		m->map = NULL;
		return err_set(err, -errno, "%s: cannot be mapped: %m", m->wanted->name);
	}
	/* All of it is there, and will be written: brought at once, that costs no fault a page. */
	large_bring(m->map, m->header.total);
	return 0;
}

/* What was read is what is there now, from its first byte to its last. */
static int check_source(struct making *m, struct err *err)
{
	struct shm_identity *s = &m->header.source;
	CLEANUP(freep) struct shm_identity *now = malloc(sizeof(*now));
	int r;

	if (!now)
		return err_set(err, -ENOMEM, "%s: out of memory", m->wanted->name);
	r = shm_identity(s->path, now, err);
	if (r < 0)
		return r;
	if (now->size != s->size || now->mtime != s->mtime || now->ino != s->ino ||
			now->dev != s->dev || !digest_equal(now->quick, s->quick)) {
		err_set(err, -ESTALE, "%s: was changed while it was loaded", s->path);
		return err_cure(err, -ESTALE, "load it again");
	}
	if (m->maker->source_digest) {
		s->full = *m->maker->source_digest;
		return 0;
	}
	return shm_identity_full(s, err);
}

static int fill(struct making *m, struct err *err)
{
	const struct shm_maker *maker = m->maker;
	uint8_t *payload = m->map + SHM_HEADER_LEN;
	int r;

	tell(m, SHM_FILL);
	r = maker->fill(payload, m->size, maker->arg, err);
	if (r < 0)
		return r;
	tell(m, SHM_VERIFY);
	if (maker->verify)
		r = maker->verify(payload, m->size, maker->arg, err);
	if (r >= 0 && m->wanted->source)
		r = check_source(m, err);
	if (r < 0)
		return r;
	m->header.payload_checksum = checksum(payload, m->size);
	return 0;
}

static void read_boot_id(char boot[SHM_BOOT_MAX])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, boot, SHM_BOOT_MAX - 1);

	if (fd >= 0)
		close(fd);
	boot[n > 0 ? n : 0] = '\0';
	n = (ssize_t)strcspn(boot, "\n");
	memset(boot + n, 0, (size_t)(SHM_BOOT_MAX - n));
}

static int write_header(struct making *m, struct err *err)
{
	uint8_t page[SHM_HEADER_LEN];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	m->header.created = (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
	m->header.uid = shm_user();
	m->header.pid = (uint32_t)getpid();
	read_boot_id(m->header.boot);
	if (shm_header_write(&m->header, page) < 0)
		return err_set(err, -ENOMEM, "%s: out of memory", m->wanted->name);
	for (size_t at = 0; at < sizeof(page);) {
		ssize_t n = pwrite(m->fd, page + at, sizeof(page) - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, -errno, "%s: cannot be written: %m", m->wanted->name);
		at += (size_t)n;
	}
	return 0;
}

/* Nothing to write through is left but the descriptor, and a lease is there before the name is. */
static int seal(struct making *m, struct err *err)
{
	mode_t mode = m->maker->mode ? m->maker->mode : 0600;
	char link[32];
	int r;

	tell(m, SHM_SEAL);
	r = write_header(m, err);
	if (r < 0)
		return r;
	munmap(m->map, m->header.total);
	m->map = NULL;
	/* On a disk, what has a name after a crash of the machine must have its bytes too. */
	if (fchmod(m->fd, (mode | 0400) & 0444) < 0 || fsync(m->fd) < 0)
		return err_set(err, -errno, "%s: cannot be made read-only: %m", m->wanted->name);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", m->fd);
	m->lease = open(link, O_RDONLY | O_CLOEXEC);
	if (m->lease < 0)
		return err_set(err, -errno, "%s: cannot be opened again: %m", m->wanted->name);
	r = shm_lease_share(m->lease, err);
	return r < 0 ? err_prefix(err, r, "%s", m->wanted->name) : 0;
}

static int publish(struct making *m, struct err *err)
{
	char link[32];

	tell(m, SHM_PUBLISH);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", m->fd);
	if (linkat(AT_FDCWD, link, m->folder, m->file, AT_SYMLINK_FOLLOW) < 0)
		return err_set(err, -errno, "%s: cannot be given its name: %m", m->wanted->name);
	tell(m, SHM_PUBLISHED);
	return 0;
}

/* Under the lock of the name. Return: 0; -EEXIST where somebody made it without that lock. */
static int make(struct making *m, struct err *err)
{
	int r = allocate(m, err);

	if (r == 0)
		r = fill(m, err);
	if (r == 0)
		r = seal(m, err);
	return r < 0 ? r : publish(m, err);
}

static int prepare(struct making *m, struct err *err)
{
	const struct shm_wanted *wanted = m->wanted;
	uint32_t user = shm_user();

	m->header.kind = wanted->kind;
	m->header.kind_version = wanted->kind_version;
	m->header.payload_offset = SHM_HEADER_LEN;
	if (wanted->source)
		m->header.source = *wanted->source;
	shm_object_file(user, wanted->name, m->file);
	shm_lock_file(user, wanted->name, m->lock_file);
	m->folder = shm_folder_open(wanted->folder, err);
	return m->folder < 0 ? m->folder : 0;
}

/* Attach where it is there by now, else make it. Return: as shm_create(). */
static int make_or_attach(struct making *m, struct shm_object **out, struct err *err)
{
	int made;
	int r;

	r = shm_name_lock(m->folder, m->lock_file, tell_wait, m, &m->lock, err);
	if (r < 0)
		return err_prefix(err, r, "%s", m->folder_name);
	r = shm_attach(m->wanted, out, err);
	if (r != -ENOENT)
		return r < 0 ? r : 1;
	made = make(m, err);
	if (made < 0 && made != -EEXIST)
		return made;
	r = shm_attach(m->wanted, out, err);
	return r < 0 ? r : made == -EEXIST;
}

int shm_create(const struct shm_wanted *wanted, const struct shm_maker *maker,
		struct shm_object **out, struct err *err)
{
	CLEANUP(making_done)
	struct making m = { .wanted = wanted,
		.maker = maker,
		.machine = maker->machine ? maker->machine : &shm_this_machine,
		.folder_name = wanted->folder ? wanted->folder : SHM_FOLDER,
		.folder = -1,
		.lock = -1,
		.fd = -1,
		.lease = -1 };
	struct err failure = { 0 }; /* that there was none is no failure */
	int r = shm_attach(wanted, out, &failure);

	if (r == -ENOENT) {
		r = prepare(&m, &failure);
		if (r == 0)
			r = make_or_attach(&m, out, &failure);
	} else if (r == 0) {
		r = 1;
	}
	if (r < 0 && err)
		*err = failure;
	return r;
}
