/* SPDX-License-Identifier: MIT */
/*
 * Slurm's plug-in: --genofs=SOURCE[,SOURCE...]:MNT of srun and sbatch mounts for the tasks of a
 * step, or the batch script, on each of its nodes. In plugstack.conf(5):
 *
 *	required  spank_genofs.so  [server=PATHNAME] [options=LIST]
 *
 * slurmstepd is root, and what it is told here comes from a user: all pathnames are used as that
 * user. Whatever is wrong with them is the job's failure, from task_init on; before that a failure
 * would be taken for one of the node, which would then get no more jobs.
 */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <slurm/slurm.h>
#include <slurm/spank.h>

#include "core/base/job_tag.h"
#include "mount-helpers/job/job_mount.h"
#include "mount-helpers/slurm/spank_option.h"

SPANK_PLUGIN(genofs, 1)

/* Of the process; Slurm calls a plug-in from one thread. */
static struct {
	char *value; /* of --genofs; owned; NULL where not given */
	char server[PATH_MAX];
	char *options; /* owned */
	struct spank_mount wanted;
	struct job_user user;
	char tag[JOB_TAG_MAX];
	struct job_mount *mount;
	int log;        /* what the server says */
	struct err err; /* why there is no mount: for task_init to tell */
} plugin = { .log = -1 };

/* ---- the option ---- */

/* Where the user waits at a terminal, mistakes are told at once. On the node they are not: see
 * above. */
static int on_option(int value, const char *text, int remote)
{
	struct spank_mount m;
	struct err err;

	(void)value;
	free(plugin.value);
	plugin.value = strdup(text ? text : "");
	if (!plugin.value)
		return -1;
	if (remote)
		return 0;
	if (spank_option_parse(plugin.value, &m, &err) < 0) {
		slurm_error("%s", err.msg);
		return -1;
	}
	spank_mount_done(&m);
	return 0;
}

static char option_name[] = "genofs";
static char option_value[] = "SOURCE[,SOURCE...]:MNT";
static char option_help[] = "mount genotype stores or pangenomes, for the tasks alone";

static struct spank_option option = {
	.name = option_name,
	.arginfo = option_value,
	.usage = option_help,
	.has_arg = 1,
	.cb = on_option,
};

static void read_argument(const char *argument)
{
	if (strncmp(argument, "server=", 7) == 0) {
		snprintf(plugin.server, sizeof(plugin.server), "%s", argument + 7);
	} else if (strncmp(argument, "options=", 8) == 0) {
		free(plugin.options);
		plugin.options = strdup(argument + 8);
	} else {
		slurm_error("spank_genofs: plugstack.conf: '%s' is not known; server= and options= "
			    "are",
				argument);
	}
}

int slurm_spank_init(spank_t spank, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		read_argument(argv[i]);
	return spank_option_register(spank, &option) == ESPANK_SUCCESS ? 0 : -1;
}

/* ---- on the node, as root, before there are tasks ---- */

/*
 * Slurm's job_container/tmpfs has the job's tasks enter a namespace that it made before, and fails
 * to where slurmstepd has left the machine's. It keeps that namespace mounted as .../JOB/.ns.
 */
static bool has_container(uint32_t job)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	char line[2 * PATH_MAX];
	struct mntent entry;
	char end[32];
	int n = snprintf(end, sizeof(end), "/%u/.ns", job);
	bool found = false;

	if (!table)
		return false;
	while (!found && getmntent_r(table, &entry, line, sizeof(line))) {
		size_t len = strlen(entry.mnt_dir);

		found = strcmp(entry.mnt_type, "nsfs") == 0 && len > (size_t)n &&
			strcmp(entry.mnt_dir + len - n, end) == 0;
	}
	endmntent(table);
	return found;
}

static int ask_slurm(spank_t spank, uint32_t *job, uint32_t *step)
{
	struct job_user *user = &plugin.user;
	gid_t *groups = NULL;
	int n = 0;

	if (spank_get_item(spank, S_JOB_ID, job) != ESPANK_SUCCESS ||
			spank_get_item(spank, S_JOB_STEPID, step) != ESPANK_SUCCESS ||
			spank_get_item(spank, S_JOB_UID, &user->uid) != ESPANK_SUCCESS ||
			spank_get_item(spank, S_JOB_GID, &user->gid) != ESPANK_SUCCESS)
		return err_set(&plugin.err, -EINVAL, "Slurm does not say whose job it is");
	if (spank_get_item(spank, S_JOB_SUPPLEMENTARY_GIDS, &groups, &n) == ESPANK_SUCCESS) {
		user->groups = groups;
		user->n_groups = (size_t)n;
	}
	return 0;
}

static int make_mount(void)
{
	struct err why;
	struct job_request request = {
		.server = {
			.program = plugin.server,
			.options = plugin.options,
			.user = &plugin.user,
		},
		.tag = plugin.tag,
	};
	int r = spank_option_parse(plugin.value, &plugin.wanted, &plugin.err);

	if (r == 0 && !*plugin.server)
		r = server_find(plugin.server, &plugin.err);
	if (r < 0)
		return r;
	plugin.log = memfd_create("genofs-log", MFD_CLOEXEC);
	request.server.log = plugin.log;
	request.server.sources = plugin.wanted.sources;
	request.server.n_sources = plugin.wanted.n_sources;
	request.mnt = plugin.wanted.mnt;
	return job_mount_new(&request, &plugin.mount, &why, &plugin.err);
}

int slurm_spank_init_post_opt(spank_t spank, int argc, char **argv)
{
	uint32_t job = 0;
	uint32_t step = 0;

	(void)argc;
	(void)argv;
	if (spank_context() != S_CTX_REMOTE || !plugin.value)
		return 0;
	if (ask_slurm(spank, &job, &step) < 0 || step == SLURM_EXTERN_CONT)
		return 0;
	job_tag_of_slurm(job, step, plugin.tag);
	if (has_container(job))
		err_set(&plugin.err, -ENOTSUP,
				"--genofs does not go with this cluster's job_container/tmpfs; use "
				"genofs run in the job: srun genofs run SOURCE... MNT -- COMMAND");
	else
		make_mount();
	return 0;
}

/* ---- in each task, as the user ---- */

/* The first line that the server said is why there is no mount. */
static void read_log(void)
{
	char text[400];
	ssize_t n = pread(plugin.log, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	err_set(&plugin.err, -ENOTCONN, "%s", *text ? text : "the server ended");
}

int slurm_spank_task_init(spank_t spank, int argc, char **argv)
{
	(void)spank;
	(void)argc;
	(void)argv;
	if (plugin.mount && job_mount_wait(plugin.mount) == -ENOTCONN)
		read_log();
	if (plugin.err.code == 0)
		return 0;
	slurm_error("genofs: %s", plugin.err.msg);
	return -1;
}

/* ---- the end ---- */

int slurm_spank_exit(spank_t spank, int argc, char **argv)
{
	(void)spank;
	(void)argc;
	(void)argv;
	if (plugin.mount)
		job_mount_end(plugin.mount, false);
	plugin.mount = NULL;
	if (plugin.log >= 0)
		close(plugin.log);
	plugin.log = -1;
	spank_mount_done(&plugin.wanted);
	free(plugin.value);
	free(plugin.options);
	plugin.value = plugin.options = NULL;
	return 0;
}
