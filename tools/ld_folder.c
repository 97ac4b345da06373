/* SPDX-License-Identifier: MIT */
#include "tools/ld_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <htslib/hts.h>
#include <htslib/vcf.h>

#include "core/base/cleanup.h"
#include "core/import/flatten.h"
#include "core/ld/ld_store.h"

struct ld_folder {
	struct ld_choice choice;
	char *pathname;  /* of the file; owned */
	htsFile *fp;     /* owned */
	bcf_hdr_t *hdr;  /* owned */
	bcf1_t *v;       /* owned */
	bool has_record; /* @v was read and belongs to the next batch */
	bool *seen;      /* contigs, by header number; owned */
	int32_t rid;     /* of the record before; -1 */
	int64_t pos;
	uint64_t n;            /* records read */
	struct names *keys;    /* owned */
	struct names *contigs; /* owned */
	struct number_map key_map;
	struct number_map contig_map;
	struct flatten_scratch flatten;
	struct buf bytes; /* of a record */
	struct vcf_text text;
	bool lacks_y;
};

void ld_folder_free(struct ld_folder *f)
{
	if (!f)
		return;
	number_map_done(&f->key_map);
	number_map_done(&f->contig_map);
	flatten_scratch_done(&f->flatten);
	buf_done(&f->bytes);
	names_free(f->keys);
	names_free(f->contigs);
	if (f->v)
		bcf_destroy(f->v);
	if (f->hdr)
		bcf_hdr_destroy(f->hdr);
	if (f->fp)
		hts_close(f->fp);
	free(f->seen);
	free(f->pathname);
	free(f);
}

static void ld_folder_freep(struct ld_folder **f)
{
	ld_folder_free(*f);
}

static int open_file(struct ld_folder *f, const char *folder, unsigned n_threads, struct err *err)
{
	if (asprintf(&f->pathname, "%s/calls.bcf", folder) < 0) {
		f->pathname = NULL;
		return err_set(err, -ENOMEM, "%s: out of memory", folder);
	}
	if (access(f->pathname, R_OK) < 0)
		return err_set(err, -errno,
				"%s: %m; name a store, or a folder of a mount that has this file",
				f->pathname);
	f->fp = hts_open(f->pathname, "rb");
	if (!f->fp)
		return err_set(err, errno ? -errno : -EIO, "%s: cannot be read: %m", f->pathname);
	if (hts_get_format(f->fp)->format != bcf)
		return err_set(err, -EBADMSG, "%s: is no BCF", f->pathname);
	if (n_threads > 1)
		hts_set_threads(f->fp, (int)n_threads);
	f->hdr = bcf_hdr_read(f->fp);
	if (!f->hdr)
		return err_set(err, -EBADMSG, "%s: its header cannot be read", f->pathname);
	return 0;
}

int ld_folder_new(const char *pathname, const struct ld_choice *choice, unsigned n_threads,
		struct ld_folder **out, struct err *err)
{
	CLEANUP(ld_folder_freep) struct ld_folder *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	f->choice = *choice;
	f->rid = -1;
	r = open_file(f, pathname, n_threads, err);
	if (r < 0)
		return r;
	f->v = bcf_init();
	f->seen = calloc((size_t)f->hdr->n[BCF_DT_CTG] + 1, sizeof(*f->seen));
	if (!f->v || !f->seen || names_new(&f->keys) < 0 || names_new(&f->contigs) < 0 ||
			names_intern(f->keys, "GT", 2, &f->text.gt_key) < 0)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	number_map_init(&f->key_map, f->keys, f->hdr, BCF_DT_ID);
	number_map_init(&f->contig_map, f->contigs, f->hdr, BCF_DT_CTG);
	f->text.keys = f->keys;
	f->text.n_samples = (uint32_t)bcf_hdr_nsamples(f->hdr);
	*out = f;
	f = NULL;
	return 0;
}

uint32_t ld_folder_n_samples(const struct ld_folder *f)
{
	return f->text.n_samples;
}

bool ld_folder_lacks_y(const struct ld_folder *f)
{
	return f->lacks_y;
}

/* Read the next record, unless that was done. Return: 1; 0 at the end; -EBADMSG. */
static int next_record(struct ld_folder *f, struct err *err)
{
	int r;

	if (f->has_record)
		return 1;
	r = bcf_read(f->fp, f->hdr, f->v);
	if (r == -1)
		return 0;
	f->n++;
	if (r < -1)
		return err_set(err, -EBADMSG, "%s: record %llu cannot be read", f->pathname,
				(unsigned long long)f->n);
	if (f->v->rid == f->rid ? f->v->pos < f->pos : f->seen[f->v->rid])
		return err_set(err, -EBADMSG,
				"%s: record %llu is not in order: sort it by contig and position",
				f->pathname, (unsigned long long)f->n);
	f->has_record = true;
	return 1;
}

static int add_record(struct ld_folder *f, struct view_scratch *scratch, struct ld_sites *out,
		struct err *err)
{
	struct record r = { 0 };
	int status;

	f->has_record = false;
	f->rid = f->v->rid;
	f->pos = f->v->pos;
	f->seen[f->rid] = true;
	buf_clear(&f->bytes);
	status = flatten_record(
			f->v, true, &f->key_map, &f->contig_map, &f->flatten, &f->bytes, &r, err);
	if (status < 0)
		return err_prefix(err, status, "%s: record %llu", f->pathname,
				(unsigned long long)f->n);
	r.site = f->bytes.data;
	r.fmt = f->bytes.data + r.site_len;
	f->text.contig = *names_get(f->contigs, r.contig);
	out->contig = r.contig;
	if (!f->choice.with_y && ld_is_y(f->text.contig)) {
		f->lacks_y = true;
		return 0;
	}
	status = ld_sites_add(out, &f->choice, &f->text, &r, scratch);
	if (status == -ENOMEM)
		return err_set(err, status, "out of memory");
	if (status < 0)
		return err_set(err, status, "%s: record %llu is damaged", f->pathname,
				(unsigned long long)f->n);
	return 0;
}

static int load(void *arg, uint64_t index, struct ld_sites *out, struct err *err)
{
	struct ld_folder *f = arg;
	struct view_scratch *scratch = view_scratch();
	const uint32_t most = ld_batch_records(f->text.n_samples);
	uint32_t n = 0;
	int r = 1;

	(void)index; /* they come in turn */
	if (!scratch)
		return err_set(err, -ENOMEM, "out of memory");
	while (n < most) {
		r = next_record(f, err);
		if (r <= 0 || (n && f->v->rid != f->rid))
			break;
		r = add_record(f, scratch, out, err);
		if (r < 0)
			break;
		n++;
	}
	return r < 0 ? r : n > 0;
}

struct ld_source ld_folder_source(struct ld_folder *f)
{
	return (struct ld_source){ .load = load, .in_turn = true, .arg = f };
}
