import { imageKey } from '../../lab/image.js'
import { imageRecipe } from '../../lab/image-recipe.js'

const plain = imageRecipe({ docker: false, python: false })

test('what is in an image decides its key', () => {
  const recipes = [
    plain,
    imageRecipe({ docker: true, python: false }),
    imageRecipe({ docker: false, python: true }),
    { ...plain, setup: `${plain.setup}\ntrue` },
    { ...plain, packages: [...plain.packages, 'nano'] },
  ]
  expect(new Set(recipes.map(imageKey)).size).toBe(recipes.length)
  expect(imageKey(imageRecipe({ docker: false, python: false }))).toBe(imageKey(plain))
})

test('the plain image asks for neither Python nor docker', () => {
  expect(plain.packages.filter(name => /python|docker/.test(name))).toEqual([])
})
