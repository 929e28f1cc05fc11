// The floors of signatures in ops/bench: libcrypto alone, on one thread, with contexts that are used again.
//
//   crypto md5 BYTES COUNT      MD5 of so many bytes, COUNT times
//   crypto verify KEY COUNT     the verification of one SHA1withRSA signature of the private key in the file KEY, COUNT times
//
// Prints one line of JSON: nanoseconds of this thread's CPU for one.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BYTES_MAX = 65536, SIGNATURE_BYTES = 512 };

static unsigned char message[BYTES_MAX];

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "crypto: %s\n", what);
    exit(1);
}

static uint64_t cpu_ns(void) {
    struct timespec now;
    check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "clock_gettime");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void md5(size_t bytes, long rounds) {
    EVP_MD *algorithm = EVP_MD_fetch(NULL, "MD5", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    check(algorithm != NULL && context != NULL, "no MD5");
    for (long i = 0; i < rounds; i++) {
        check(EVP_DigestInit_ex2(context, algorithm, NULL) == 1, "EVP_DigestInit_ex2");
        check(EVP_DigestUpdate(context, message, bytes) == 1, "EVP_DigestUpdate");
        check(EVP_DigestFinal_ex(context, digest, NULL) == 1, "EVP_DigestFinal_ex");
    }
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
}

static void verify(const char *path, long rounds) {
    FILE *file = fopen(path, "r");
    check(file != NULL, "cannot open the key");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    check(key != NULL && fclose(file) == 0, "cannot read the key");
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    unsigned char digest[SHA_DIGEST_LENGTH] = {0}, signature[SIGNATURE_BYTES];
    size_t count = sizeof signature;
    check(context != NULL && EVP_PKEY_sign_init(context) == 1, "EVP_PKEY_sign_init");
    check(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1, "padding");
    check(EVP_PKEY_CTX_set_signature_md(context, EVP_sha1()) == 1, "digest");
    check(EVP_PKEY_sign(context, signature, &count, digest, sizeof digest) == 1, "EVP_PKEY_sign");
    check(EVP_PKEY_verify_init(context) == 1, "EVP_PKEY_verify_init");
    check(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1, "padding");
    check(EVP_PKEY_CTX_set_signature_md(context, EVP_sha1()) == 1, "digest");
    for (long i = 0; i < rounds; i++)
        check(EVP_PKEY_verify(context, signature, count, digest, sizeof digest) == 1, "EVP_PKEY_verify");
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

int main(int count, char **words) {
    int is_md5 = count == 4 && strcmp(words[1], "md5") == 0, is_verify = count == 4 && strcmp(words[1], "verify") == 0;
    long rounds = count == 4 ? atol(words[3]) : 0;
    if ((!is_md5 && !is_verify) || rounds < 1) {
        fprintf(stderr, "usage: crypto md5 BYTES COUNT | crypto verify KEY COUNT\n");
        return 2;
    }
    uint64_t began = cpu_ns();
    if (is_md5) {
        long bytes = atol(words[2]);
        check(bytes >= 0 && bytes <= BYTES_MAX, "too many bytes");
        md5((size_t)bytes, rounds);
    } else {
        verify(words[2], rounds);
    }
    printf("{\"ns\":%.1f}\n", (double)(cpu_ns() - began) / (double)rounds);
    return 0;
}
