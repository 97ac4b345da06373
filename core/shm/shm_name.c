/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"

static const char object_prefix[] = "genofs-";
static const char lock_prefix[] = "genofs-lock-";
static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

enum { NAME_SHOWN = 40 }; /* of a name that is refused */

int shm_name_check(const char *name, struct err *err)
{
	size_t n = strlen(name);

	if (n == 0 || n > SHM_NAME_MAX)
		return err_set(err, -EINVAL, "\"%.*s\": a name has 1 to %d bytes, this one has %zu",
				NAME_SHOWN, name, SHM_NAME_MAX, n);
	if (name[0] == '-' || strspn(name, letters) != n)
		return err_set(err, -EINVAL,
				"\"%.*s\": a name has letters, digits, '.', '_' and '-' only, and "
				"no '-' first",
				NAME_SHOWN, name);
	return 0;
}

void shm_default_name(const struct shm_identity *id, char out[SHM_NAME_MAX + 1])
{
	const char *slash = strrchr(id->path, '/');
	const char *base = slash ? slash + 1 : id->path;
	int n;

	n = snprintf(out, SHM_NAME_MAX + 1, "%.*s-%016llx%016llx", SHM_NAME_MAX - 33,
			*base ? base : "object", (unsigned long long)id->quick.high,
			(unsigned long long)id->quick.low);
	for (int i = 0; i < n; i++)
		if (!strchr(letters, out[i]))
			out[i] = '_';
	if (out[0] == '-')
		out[0] = '_';
}

static void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

uint32_t shm_user(void)
{
	uint32_t uid = geteuid();
	CLEANUP(fclosep) FILE *f = fopen("/proc/self/uid_map", "re");
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		char *end;
		unsigned long inside = strtoul(line, &end, 10);
		unsigned long outside = strtoul(end, &end, 10);
		unsigned long n = strtoul(end, NULL, 10);

		if (uid >= inside && uid - inside < n)
			return (uint32_t)(outside + (uid - inside));
	}
	return uid;
}

void shm_object_file(uint32_t user, const char *name, char out[SHM_FILE_MAX])
{
	snprintf(out, SHM_FILE_MAX, "%s%u-%.*s", object_prefix, user, SHM_NAME_MAX, name);
}

void shm_lock_file(uint32_t user, const char *name, char out[SHM_FILE_MAX])
{
	snprintf(out, SHM_FILE_MAX, "%s%u-%.*s", lock_prefix, user, SHM_NAME_MAX, name);
}

enum shm_file_kind shm_file_parse(const char *file, uint32_t *user, const char **name)
{
	enum shm_file_kind kind = SHM_FILE_FOREIGN;
	unsigned long number;
	char *end;

	if (strncmp(file, lock_prefix, strlen(lock_prefix)) == 0) {
		kind = SHM_FILE_LOCK;
		file += strlen(lock_prefix);
	} else if (strncmp(file, object_prefix, strlen(object_prefix)) == 0) {
		kind = SHM_FILE_OBJECT;
		file += strlen(object_prefix);
	}
	if (kind == SHM_FILE_FOREIGN || *file < '0' || *file > '9')
		return SHM_FILE_FOREIGN;
	number = strtoul(file, &end, 10);
	if (*end != '-' || number > UINT32_MAX || shm_name_check(end + 1, NULL) < 0)
		return SHM_FILE_FOREIGN;
	*user = (uint32_t)number;
	*name = end + 1;
	return kind;
}
