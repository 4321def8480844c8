// A strong flat peer: OpenBLAS products of all queries of a batch with a tile of items that stays in cache, then a
// vectorised comparison with each query's threshold; what passes goes to a buffer that is cut to the best K when full.
// Batch 1 takes sgemv. Speaks run.sh's protocol: a line in is one round, a line out its milliseconds a batch.
#include <cblas.h>
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef struct { float score; int index; } Found;
typedef struct { Found *found; int count; float threshold; } Buffer;

static int k, room, tile = 2048;
static volatile float sink;

static float *load(const char *path, long *rows, long *columns) {
    FILE *file = fopen(path, "rb");
    unsigned char head[10];
    char text[65536];
    if (!file || fread(head, 1, 10, file) != 10) exit(2);
    size_t length = head[8] | head[9] << 8;
    if (fread(text, 1, length, file) != length) exit(2);
    text[length] = 0;
    sscanf(strstr(text, "'shape': (") + 10, "%ld, %ld", rows, columns);
    size_t bytes = *rows * *columns * sizeof(float);
    float *values = aligned_alloc(2 << 20, (bytes + (2 << 20)) >> 21 << 21);
    madvise(values, bytes, MADV_HUGEPAGE);
    if (fread(values, 1, bytes, file) != bytes) exit(2);
    fclose(file);
    return values;
}

static int before(const Found *a, const Found *b) {
    return a->score > b->score || (a->score == b->score && a->index < b->index);
}

// Quickselect: the best k first.
static void cut(Buffer *buffer) {
    Found *v = buffer->found;
    int low = 0, high = buffer->count - 1;
    while (low < high) {
        Found pivot = v[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (before(&v[i], &pivot)) i++;
            while (before(&pivot, &v[j])) j--;
            if (i <= j) { Found t = v[i]; v[i++] = v[j]; v[j--] = t; }
        }
        if (k - 1 <= j) high = j; else if (k - 1 >= i) low = i; else break;
    }
    buffer->count = k;
    float worst = v[0].score;
    for (int at = 1; at < k; at++) if (v[at].score < worst) worst = v[at].score;
    buffer->threshold = worst;
}

static inline void offer(Buffer *buffer, float score, int index) {
    if (score > buffer->threshold) {
        buffer->found[buffer->count++] = (Found){score, index};
        if (buffer->count == room) cut(buffer);
    }
}

static void select_from(Buffer *buffer, const float *scores, int count, int first) {
    int at = 0;
    for (; at + 32 <= count; at += 32) {
        __m256 t = _mm256_set1_ps(buffer->threshold);
        __m256 a = _mm256_cmp_ps(_mm256_loadu_ps(scores + at), t, _CMP_GT_OQ);
        __m256 b = _mm256_cmp_ps(_mm256_loadu_ps(scores + at + 8), t, _CMP_GT_OQ);
        __m256 c = _mm256_cmp_ps(_mm256_loadu_ps(scores + at + 16), t, _CMP_GT_OQ);
        __m256 d = _mm256_cmp_ps(_mm256_loadu_ps(scores + at + 24), t, _CMP_GT_OQ);
        if (_mm256_movemask_ps(_mm256_or_ps(_mm256_or_ps(a, b), _mm256_or_ps(c, d)))) {
            uint32_t mask = _mm256_movemask_ps(a) | _mm256_movemask_ps(b) << 8 | _mm256_movemask_ps(c) << 16
                | (uint32_t)_mm256_movemask_ps(d) << 24;
            for (; mask; mask &= mask - 1) {
                int lane = __builtin_ctz(mask);
                offer(buffer, scores[at + lane], first + at + lane);
            }
        }
    }
    for (; at < count; at++) offer(buffer, scores[at], first + at);
}

static int order(const void *a, const void *b) { return before(a, b) ? -1 : before(b, a) ? 1 : 0; }

// One thread: its CPU time, which neighbours on the machine stretch less. More: the time on the wall.
static clockid_t timer = CLOCK_PROCESS_CPUTIME_ID;

static double now(void) {
    struct timespec t;
    clock_gettime(timer, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void search(const float *items, long n, long d, const float *queries, int batch, Buffer *buffers, float *out) {
    for (int q = 0; q < batch; q++) { buffers[q].count = 0; buffers[q].threshold = -1.0f / 0.0f; }
    for (long first = 0; first < n; first += tile) {
        int rows = n - first < tile ? n - first : tile;
        if (batch == 1)
            cblas_sgemv(CblasRowMajor, CblasNoTrans, rows, d, 1, items + first * d, d, queries, 1, 0, out, 1);
        else
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, rows, d, 1, queries, d, items + first * d, d,
                        0, out, tile);
        for (int q = 0; q < batch; q++) select_from(&buffers[q], out + (long)q * tile, rows, first);
    }
    for (int q = 0; q < batch; q++) {
        if (buffers[q].count > k) cut(&buffers[q]);
        qsort(buffers[q].found, buffers[q].count, sizeof(Found), order);
    }
}

// items queries k batch threads out flush
int main(int count, char **arguments) {
    if (count != 8) return 2;
    long n, d, queryCount, unused;
    float *items = load(arguments[1], &n, &d), *queries = load(arguments[2], &queryCount, &unused);
    k = atoi(arguments[3]);
    int batch = atoi(arguments[4]), flush = atoi(arguments[7]);
    room = k * 4 < 256 ? 256 : k * 4;
    if (atoi(arguments[5]) != 1) timer = CLOCK_MONOTONIC;
    openblas_set_num_threads(atoi(arguments[5]));
    if (batch == 1) tile = 8192;
    Buffer *buffers = calloc(batch, sizeof *buffers);
    for (int q = 0; q < batch; q++) buffers[q].found = malloc((room + 1) * sizeof(Found));
    float *out = aligned_alloc(64, (size_t)batch * tile * sizeof(float));
    int *lists = malloc(queryCount * k * sizeof(int));
    size_t junkCount = flush ? 64 << 20 : 0;
    float *junk = malloc(junkCount * 4 + 4);
    for (size_t at = 0; at < junkCount; at++) junk[at] = at;
    char line[64];
    int isFirst = 1;
    while (isFirst || fgets(line, sizeof line, stdin)) {
        double total = 0;
        int batches = 0;
        for (long first = 0; first < queryCount; first += batch) {
            int size = queryCount - first < batch ? queryCount - first : batch;
            float sum = 0;
            for (size_t at = 0; at < junkCount; at += 16) sum += junk[at];
            sink = sum;
            double start = now();
            search(items, n, d, queries + first * d, size, buffers, out);
            total += now() - start;
            batches++;
            for (int q = 0; q < size; q++)
                for (int at = 0; at < k; at++)
                    lists[(first + q) * k + at] = at < buffers[q].count ? buffers[q].found[at].index : -1;
        }
        if (isFirst) puts("ready"); else printf("%f\n", total / batches);
        fflush(stdout);
        isFirst = 0;
    }
    FILE *file = fopen(arguments[6], "wb");
    fwrite(lists, sizeof(int), queryCount * k, file);
    return fclose(file);
}
