/* SPDX-License-Identifier: MIT */
#include "core/graph/gbz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/base/cleanup.h"

/* First bytes of the four headers, as the number that they make. */
enum {
	TAG_GBWT = 0x6b376b37,
	TAG_METADATA = 0x6b375e7a,
	TAG_GRAPH = 0x6b3764af,
};

enum {
	GBWT_PLAIN = 5,      /* its version */
	GBWT_COMPRESSED = 6, /* of this version on the BWT is compressed */
	GRAPH_PACKED = 3,
	GRAPH_COMPRESSED = 4, /* of this version on sequences are compressed */
	METADATA_VERSION = 2,
	PATH_NAME_LEN = 16,
};

/* Flags of the GBWT, its metadata and the graph. */
enum {
	GBWT_BIDIRECTIONAL = 1,
	GBWT_METADATA = 2,
	GBWT_SIMPLE_SDS = 4,
	GBWT_FLAGS = 7,
	METADATA_PATHS = 1,
	METADATA_SAMPLES = 2,
	METADATA_CONTIGS = 4,
	METADATA_FLAGS = 7,
	GRAPH_TRANSLATION = 1,
	GRAPH_SIMPLE_SDS = 2,
	GRAPH_FLAGS = 3,
};

static const char get_again[] = "get the file again";
static const char make_anew[] = "make it anew with vg gbwt";

struct gbz {
	int fd; /* owned */
	struct stat st;
	char *pathname; /* owned */
	struct gbz_parts parts;
};

void gbz_close(struct gbz *gbz)
{
	if (!gbz)
		return;
	if (gbz->fd >= 0)
		close(gbz->fd);
	free(gbz->pathname);
	free(gbz);
}

void gbz_closep(struct gbz **gbz)
{
	gbz_close(*gbz);
}

static int damaged(const char *what, struct err *err)
{
	return err_set(err, -EBADMSG, "damaged: %s", what);
}

/* The fields that all four headers begin with. */
static int read_tag(struct window *w, uint32_t tag, uint32_t *version, struct err *err)
{
	uint32_t got = 0;
	int r = window_u32(w, &got, err);

	if (r == 0)
		r = window_u32(w, version, err);
	if (r == 0 && got != tag)
		r = damaged("it does not begin as it should", err);
	return r;
}

static int read_u64s(struct window *w, uint64_t *const *out, unsigned n, struct err *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < n; i++)
		r = window_u64(w, out[i], err);
	return r;
}

/* What else begins in a way that is known, named, with the cure. */
static int refuse_other_file(const uint8_t *head, struct err *err)
{
	uint32_t tag = 0;

	memcpy(&tag, head, sizeof(tag));
	tag = le32toh(tag);
	if (tag == TAG_GBWT)
		return err_set(err, -EBADMSG,
				"is a GBWT index without sequences, not a GBZ; make one with vg "
				"gbwt "
				"-x GRAPH --gbz-format");
	if (tag == TAG_GRAPH)
		return err_set(err, -EBADMSG,
				"is a GBWTGraph without paths, not a GBZ; make one with vg gbwt "
				"-x GRAPH --gbz-format");
	if (head[0] == 0x1f && head[1] == 0x8b)
		return err_set(err, -EBADMSG, "is compressed with gzip; decompress it first");
	if ((head[0] == 'H' || head[0] == 'S') && head[1] == '\t')
		return err_set(err, -EBADMSG,
				"looks like GFA, not a GBZ; make one with vg gbwt -G FILE.gfa "
				"--gbz-format");
	return err_set(err, -EBADMSG, "is not a GBZ file");
}

static int scan_head(struct window *w, struct gbz_parts *p, struct err *err)
{
	const uint8_t *head;
	uint64_t flags = 0;
	int r;

	if (window_left(w) < 16)
		return err_set(err, -EBADMSG, "is too short to be a GBZ file");
	r = window_take(w, 8, &head, err);
	if (r < 0)
		return r;
	if (memcmp(head, "GBZ ", 4) != 0)
		return refuse_other_file(head, err);
	memcpy(&p->version, head + 4, sizeof(p->version));
	p->version = le32toh(p->version);
	if (p->version < GBZ_VERSION_MIN || p->version > GBZ_VERSION_MAX)
		return err_set(err, -ENOTSUP,
				"is GBZ version %u and this genofs reads %u to %u; use a newer "
				"one, or "
				"write another version with vg gbwt --gbz-version",
				p->version, GBZ_VERSION_MIN, GBZ_VERSION_MAX);
	r = window_u64(w, &flags, err);
	if (r == 0 && flags)
		r = err_set(err, -ENOTSUP,
				"has flags 0x%llx that this genofs does not know; use a newer one",
				(unsigned long long)flags);
	return r;
}

static int check_gbwt_flags(const struct gbz_parts *p, uint64_t flags, struct err *err)
{
	if (p->gbwt_version < GBWT_PLAIN || p->gbwt_version > GBWT_COMPRESSED)
		return err_set(err, -ENOTSUP,
				"has GBWT version %u inside and this genofs reads %u and %u; %s",
				p->gbwt_version, GBWT_PLAIN, GBWT_COMPRESSED, make_anew);
	if (!(flags & GBWT_SIMPLE_SDS))
		return err_set(err, -ENOTSUP,
				"has its GBWT in the SDSL encoding, which is not read; %s",
				make_anew);
	if (flags & ~(uint64_t)GBWT_FLAGS)
		return err_set(err, -ENOTSUP,
				"has GBWT flags 0x%llx that this genofs does not know; use a newer "
				"one",
				(unsigned long long)flags);
	if (!(flags & GBWT_BIDIRECTIONAL))
		return err_set(err, -ENOTSUP, "has a unidirectional GBWT, which is not read; %s",
				make_anew);
	return 0;
}

/* That the numbers of the GBWT header are possible, before anything is computed with them. */
static int check_gbwt_numbers(struct gbz_parts *p, struct err *err)
{
	if (p->n_sequences % 2)
		return damaged("an odd number of sequences", err);
	if (p->n_sequences > p->n_visits)
		return damaged("more sequences than endmarkers", err);
	if (!p->alphabet_size && !p->offset) {
		if (p->n_visits)
			return damaged("paths without nodes", err);
		p->min_id = 1;
		return 0;
	}
	if (p->offset >= p->alphabet_size || p->alphabet_size > UINT64_MAX / 32)
		return damaged("numbers of nodes that cannot be", err);
	/* Only records: of the endmarker, and of both strands of each id. */
	p->n_records = p->alphabet_size - p->offset;
	if (p->n_records > 1 && p->offset % 2 == 0)
		return damaged("the first node is not a forward one", err);
	if (p->n_records % 2 == 0)
		return damaged("a node has one strand only", err);
	p->n_ids = (p->n_records - 1) / 2;
	p->min_id = p->n_ids ? (p->offset + 1) / 2 : 1;
	return 0;
}

static int scan_bwt(struct window *w, struct gbz_parts *p, struct err *err)
{
	int r = sds_scan_sparse(w, &p->record_starts, err);

	if (r == 0)
		r = sds_scan_bytes(w, &p->bwt, err);
	if (r < 0)
		return r;
	p->bwt_compressed = p->gbwt_version >= GBWT_COMPRESSED;
	p->bwt_length = p->record_starts.universe;
	if (p->record_starts.n != p->n_records)
		return damaged("the number of records is not that of nodes", err);
	if (p->n_records > p->bwt_length)
		return damaged("records that are empty", err);
	if (!p->bwt_compressed && p->bwt.n != p->bwt_length)
		return damaged("the index of records does not fit them", err);
	return 0;
}

static int scan_path_names(struct window *w, struct gbz_parts *p, struct err *err)
{
	int r = window_u64(w, &p->n_path_names, err);

	if (r < 0)
		return r;
	if (p->n_path_names > window_left(w) / PATH_NAME_LEN)
		return damaged("more path names than bytes are left for", err);
	p->path_names_at = w->at;
	window_skip(w, PATH_NAME_LEN * p->n_path_names);
	if (p->n_path_names && p->n_path_names != p->n_sequences / 2)
		return damaged("the number of path names is not that of paths", err);
	return 0;
}

static int scan_metadata(struct window *w, struct gbz_parts *p, struct err *err)
{
	uint64_t n_samples = 0, n_haplotypes = 0, n_contigs = 0, flags = 0;
	uint64_t *const fields[] = { &n_samples, &n_haplotypes, &n_contigs, &flags };
	uint32_t version = 0;
	int r = read_tag(w, TAG_METADATA, &version, err);

	if (r == 0 && version != METADATA_VERSION)
		return err_set(err, -ENOTSUP, "are version %u and this genofs reads %u; %s",
				version, METADATA_VERSION, make_anew);
	if (r == 0)
		r = read_u64s(w, fields, 4, err);
	if (r == 0 && flags & ~(uint64_t)METADATA_FLAGS)
		return damaged("flags that are not known", err);
	if (r == 0)
		r = scan_path_names(w, p, err);
	if (r == 0)
		r = sds_scan_dictionary(w, &p->samples, err);
	if (r == 0)
		r = sds_scan_dictionary(w, &p->contigs, err);
	if (r < 0)
		return r;
	if (!(flags & METADATA_PATHS) != !p->n_path_names ||
			!(flags & METADATA_SAMPLES) != !p->samples.index.n ||
			!(flags & METADATA_CONTIGS) != !p->contigs.index.n)
		return damaged("flags and names differ", err);
	if ((p->samples.index.n && p->samples.index.n != n_samples) ||
			(p->contigs.index.n && p->contigs.index.n != n_contigs))
		return damaged("the number of names is not the one that is stated", err);
	return 0;
}

static int scan_optional_metadata(
		struct window *w, struct gbz_parts *p, bool expected, struct err *err)
{
	uint64_t n_bytes = 0;
	uint64_t begin;
	int r = sds_scan_optional(w, &n_bytes, err);

	if (r < 0)
		return r;
	if (!n_bytes != !expected)
		return damaged("a flag and whether they are there differ", err);
	begin = w->at;
	if (n_bytes)
		r = scan_metadata(w, p, err);
	if (r == 0 && w->at - begin != n_bytes)
		r = damaged("their length is not the one that is stated", err);
	return r;
}

static int scan_gbwt(struct window *w, struct gbz_parts *p, struct err *err)
{
	uint64_t flags = 0;
	uint64_t skip = 0;
	uint64_t *const fields[] = { &p->n_sequences, &p->n_visits, &p->offset, &p->alphabet_size,
		&flags };
	int r = read_tag(w, TAG_GBWT, &p->gbwt_version, err);

	if (r == 0)
		r = read_u64s(w, fields, 5, err);
	if (r < 0)
		return err_prefix(err, r, "GBWT header");
	r = check_gbwt_flags(p, flags, err);
	if (r < 0)
		return r;
	r = check_gbwt_numbers(p, err);
	if (r < 0)
		return err_prefix(err, r, "GBWT header");
	r = sds_scan_tags(w, &p->gbwt_tags, err);
	if (r < 0)
		return err_prefix(err, r, "GBWT tags");
	r = scan_bwt(w, p, err);
	if (r < 0)
		return err_prefix(err, r, "BWT");
	/* Samples of the document array: private to the program that wrote them. */
	r = sds_scan_optional(w, &skip, err);
	if (r < 0)
		return err_prefix(err, r, "document array");
	window_skip(w, skip);
	r = scan_optional_metadata(w, p, flags & GBWT_METADATA, err);
	return r < 0 ? err_prefix(err, r, "metadata") : 0;
}

static int scan_graph_head(struct window *w, struct gbz_parts *p, struct err *err)
{
	uint64_t flags = 0;
	int r = read_tag(w, TAG_GRAPH, &p->graph_version, err);

	if (r == 0)
		r = window_u64(w, &p->n_nodes, err);
	if (r == 0)
		r = window_u64(w, &flags, err);
	if (r < 0)
		return r;
	if (p->graph_version < GRAPH_PACKED || p->graph_version > GRAPH_COMPRESSED)
		return err_set(err, -ENOTSUP, "is version %u and this genofs reads %u and %u; %s",
				p->graph_version, GRAPH_PACKED, GRAPH_COMPRESSED, make_anew);
	if (!(flags & GRAPH_SIMPLE_SDS))
		return err_set(err, -ENOTSUP, "is in the SDSL encoding, which is not read; %s",
				make_anew);
	if (flags & ~(uint64_t)GRAPH_FLAGS)
		return damaged("flags that are not known", err);
	if (p->n_nodes > p->n_ids)
		return damaged("more nodes than ids", err);
	p->has_translation = flags & GRAPH_TRANSLATION;
	return 0;
}

static int check_translation(const struct gbz_parts *p, struct err *err)
{
	uint64_t n = p->segments.index.n;

	if (n != p->mapping.n)
		return damaged("segments and their nodes differ in number", err);
	if (p->has_translation != (n > 0))
		return damaged("a flag and whether there are segments differ", err);
	if (n && p->min_id != 1)
		return damaged("nodes that are in no segment", err);
	if (n && p->mapping.universe <= p->n_ids)
		return damaged("segments end before the last node", err);
	return 0;
}

static int scan_graph(struct window *w, struct gbz_parts *p, struct err *err)
{
	int r = scan_graph_head(w, p, err);

	if (r < 0)
		return err_prefix(err, r, "graph");
	r = p->graph_version >= GRAPH_COMPRESSED
			    ? sds_scan_compressed_strings(w, &p->sequences, err)
			    : sds_scan_strings(w, &p->sequences, err);
	if (r == 0 && p->sequences.index.n != p->n_ids)
		r = damaged("their number is not that of nodes", err);
	if (r < 0)
		return err_prefix(err, r, "sequences");
	r = sds_scan_strings(w, &p->segments, err);
	if (r == 0)
		r = sds_scan_sparse(w, &p->mapping, err);
	if (r == 0)
		r = check_translation(p, err);
	return r < 0 ? err_prefix(err, r, "segments") : 0;
}

static int scan(struct window *w, struct gbz_parts *p, struct err *err)
{
	int r = scan_head(w, p, err);

	if (r < 0)
		return r;
	if (w->end % 8)
		return err_set(err, -EBADMSG,
				"is cut short or damaged: %llu bytes are not a multiple of 8; %s",
				(unsigned long long)w->end, get_again);
	r = sds_scan_tags(w, &p->tags, err);
	if (r < 0)
		err_prefix(err, r, "tags");
	if (r == 0)
		r = scan_gbwt(w, p, err);
	if (r == 0)
		r = scan_graph(w, p, err);
	if (r == 0 && window_left(w))
		r = err_set(err, -EBADMSG, "has %llu bytes behind its end, at byte %llu",
				(unsigned long long)window_left(w), (unsigned long long)w->at);
	return r == -EBADMSG ? err_cure(err, r, get_again) : r;
}

static int open_file(struct gbz *gbz, const char *pathname, struct err *err)
{
	gbz->pathname = strdup(pathname);
	if (!gbz->pathname)
		return err_set(err, -ENOMEM, "out of memory");
	gbz->fd = open(pathname, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (gbz->fd < 0 || fstat(gbz->fd, &gbz->st) < 0)
		return err_set(err, -errno, "%m");
	if (!S_ISREG(gbz->st.st_mode))
		return err_set(err, -EINVAL, "is not a regular file; give the pathname of a GBZ");
	return 0;
}

int gbz_open(const char *pathname, struct gbz **out, struct err *err)
{
	CLEANUP(gbz_closep) struct gbz *gbz = calloc(1, sizeof(*gbz));
	struct window w = { 0 };
	int r;

	if (!gbz)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	gbz->fd = -1;
	r = open_file(gbz, pathname, err);
	if (r == 0)
		r = window_init(&w, gbz->fd, 0, (uint64_t)gbz->st.st_size, NULL, err);
	if (r == 0)
		r = scan(&w, &gbz->parts, err);
	window_done(&w);
	if (r < 0)
		return err_prefix(err, r, "%s", pathname);
	*out = gbz;
	gbz = NULL;
	return 0;
}

const struct gbz_parts *gbz_parts(const struct gbz *gbz)
{
	return &gbz->parts;
}

const char *gbz_pathname(const struct gbz *gbz)
{
	return gbz->pathname;
}

const struct stat *gbz_stat(const struct gbz *gbz)
{
	return &gbz->st;
}

int gbz_fd(const struct gbz *gbz)
{
	return gbz->fd;
}

int gbz_check_unchanged(const struct gbz *gbz, struct err *err)
{
	struct stat st;

	if (fstat(gbz->fd, &st) < 0)
		return err_set(err, -EIO, "%s: %m", gbz->pathname);
	if (st.st_size != gbz->st.st_size || st.st_mtim.tv_sec != gbz->st.st_mtim.tv_sec ||
			st.st_mtim.tv_nsec != gbz->st.st_mtim.tv_nsec)
		return err_set(err, -EIO, "%s: was changed while it was read; load it again",
				gbz->pathname);
	return 0;
}
